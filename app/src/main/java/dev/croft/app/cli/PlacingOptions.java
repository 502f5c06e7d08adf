package dev.croft.app.cli;

import dev.croft.runtime.Placing;
import dev.croft.runtime.WorkloadException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where and in what a service may run; a backend that cannot do so refuses its launches. */
final class PlacingOptions {
    @Option(
            names = "--node-selector",
            paramLabel = "KEY=VALUE",
            description = "On Kubernetes: a label that its node must have; may be repeated.")
    Map<String, String> nodeSelector = new TreeMap<>();

    @Option(
            names = "--runtime-class",
            paramLabel = "NAME",
            description =
                    "What it is run by, such as gVisor's handler: a runtime class of the cluster, or a runtime of the"
                            + " Docker engine.")
    @Nullable
    String runtimeClass;

    @Option(
            names = "--pull-secret",
            paramLabel = "NAME",
            description = "On Kubernetes: a secret for its image's registry; may be repeated.")
    List<String> pullSecrets = List.of();

    @Option(
            names = "--resource-class",
            paramLabel = "CLASS",
            description = "On Kubernetes: how much of its limits it is sure of, a class of 'croft up --overcommit'.")
    @Nullable
    String resourceClass;

    Placing placing() {
        try {
            return new Placing(nodeSelector, runtimeClass, pullSecrets, resourceClass);
        } catch (WorkloadException.InvalidSpec e) {
            throw new CommandException(ExitStatus.USAGE, String.valueOf(e.getMessage()));
        }
    }
}
