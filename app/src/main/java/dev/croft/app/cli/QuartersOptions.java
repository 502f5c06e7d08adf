package dev.croft.app.cli;

import dev.croft.runtime.Overcommit;
import dev.croft.runtime.Placing;
import dev.croft.runtime.Quarters;
import dev.croft.runtime.WorkloadException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where and in what all workloads of an installation run. */
final class QuartersOptions {
    @Option(
            names = "--node-selector",
            paramLabel = "KEY=VALUE",
            description = "On Kubernetes: a label that nodes of pods must have; may be repeated.")
    Map<String, String> nodeSelector = new TreeMap<>();

    @Option(
            names = "--runtime-class",
            paramLabel = "[KIND=]NAME",
            description = "What runs pods or containers, such as gVisor's handler: a runtime class of the cluster, or a"
                    + " runtime of the Docker engine; for the KIND service or host, or for both.")
    List<String> runtimeClasses = List.of();

    @Option(
            names = "--engine-runtime",
            paramLabel = "CLASS=NAME",
            description = "On Docker: a runtime class that there is, and the engine's runtime that it means, such as"
                    + " gvisor=runsc; may be repeated. Then there is no other; without it, the engine's own names are"
                    + " the classes.")
    Map<String, String> engineRuntimes = new TreeMap<>();

    @Option(
            names = "--pull-secret",
            paramLabel = "NAME",
            description = "On Kubernetes: a secret of Croft's namespace for images' registries; may be repeated.")
    List<String> pullSecrets = List.of();

    @Option(
            names = "--overcommit",
            paramLabel = "CLASS=MEMORY:CPU",
            split = ",",
            description =
                    "On Kubernetes: pods of this resource class are sure of their limits divided by these; service"
                            + " and host are the classes of what names none (default: service=8:50,host=8:50).")
    Map<String, String> overcommit = new TreeMap<>();

    Quarters quarters() {
        try {
            Placing both = new Placing(nodeSelector, null, pullSecrets, null);
            Map<String, Overcommit> classes = new TreeMap<>();
            overcommit.forEach((name, text) ->
                    classes.put(String.valueOf(both.withResourceClass(name).resourceClass()), Overcommit.parse(text)));
            return new Quarters(
                    both.withRuntimeClass(runtimeClass("service")),
                    both.withRuntimeClass(runtimeClass("host")),
                    classes,
                    engineRuntimes);
        } catch (WorkloadException.InvalidSpec e) {
            throw new CommandException(ExitStatus.USAGE, String.valueOf(e.getMessage()));
        }
    }

    private @Nullable String runtimeClass(String kind) {
        String found = null;
        for (String text : runtimeClasses) {
            int equals = text.indexOf('=');
            String of = equals < 0 ? kind : text.substring(0, equals);
            if (!of.equals("service") && !of.equals("host")) {
                throw new CommandException(ExitStatus.USAGE, "--runtime-class is of the kinds service and host");
            }
            if (of.equals(kind)) {
                found = text.substring(equals + 1);
            }
        }
        return found;
    }
}
