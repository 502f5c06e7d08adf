package dev.croft.app.cli;

import dev.croft.app.server.PartImage;
import dev.croft.operator.run.Deploy;
import dev.croft.operator.run.Retirement;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft kubernetes}: Croft's own parts on a Kubernetes cluster. */
@Command(
        name = "kubernetes",
        description = "Croft on a Kubernetes cluster: print what the cluster needs.",
        subcommands = {
            KubernetesCommand.Crds.class,
            KubernetesCommand.Manifests.class,
            KubernetesCommand.Chart.class,
            KubernetesCommand.Image.class,
            KubernetesCommand.Retire.class
        })
final class KubernetesCommand extends Group {
    /** {@code croft kubernetes crds}. */
    @Command(
            name = "crds",
            description = "Print the definition of private clouds as resources, for kubectl apply -f -.")
    static final class Crds extends TextSubcommand {
        @Override
        String text() {
            return Deploy.text("privateclouds.yaml");
        }
    }

    /** {@code croft kubernetes manifests}. */
    @Command(
            name = "manifests",
            description =
                    "Print namespace, roles, router and service of a node whose router is a pod, for kubectl apply -f -.")
    static final class Manifests extends Subcommand {
        @Option(
                names = "--out",
                paramLabel = "DIR",
                description =
                        "Write them there instead, with the definition of private clouds, as a kustomize base, for"
                                + " kubectl apply -k DIR.")
        @Nullable
        Path out;

        @Option(names = "--before-1.21", description = "For a cluster older than version 1.21.")
        boolean old;

        @Override
        ExitStatus run(Output output) throws IOException {
            if (out == null) {
                output.out().print(Deploy.router(old));
                return ExitStatus.OK;
            }
            Files.createDirectories(out);
            for (String name : List.of("privateclouds.yaml", "kustomization.yaml")) {
                Files.writeString(out.resolve(name), Deploy.text(name));
            }
            Files.writeString(out.resolve("router.yaml"), Deploy.router(old));
            output.line("%s", out.resolve("kustomization.yaml"));
            output.result(Map.of("directory", out.toString()));
            return ExitStatus.OK;
        }
    }

    /** {@code croft kubernetes chart}. */
    @Command(name = "chart", description = "Write the same as a Helm chart, with the definition of private clouds.")
    static final class Chart extends Subcommand {
        @Option(names = "--out", paramLabel = "DIR", required = true, description = "The new folder to write.")
        Path out = Path.of("");

        @Override
        ExitStatus run(Output output) throws IOException {
            Deploy.writeChart(out, Version.number());
            output.line("%s", out.resolve("values.yaml"));
            output.result(Map.of("directory", out.toString()));
            return ExitStatus.OK;
        }
    }

    /** {@code croft kubernetes retire}. */
    @Command(
            name = "retire",
            description =
                    "Delete a router's StatefulSet and wait until its pod, which deletes what it made, is gone. The Helm chart runs this before it is uninstalled.")
    static final class Retire extends Subcommand {
        /** RFC 1123. */
        private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

        @Parameters(paramLabel = "NAME", description = "The StatefulSet's name.")
        String name = "";

        @Option(
                names = "--namespace",
                paramLabel = "NAMESPACE",
                defaultValue = "croft",
                description = "Its namespace (default: ${DEFAULT-VALUE}).")
        String namespace = "";

        @Option(
                names = "--timeout-seconds",
                paramLabel = "N",
                defaultValue = "180",
                description = "How long to wait (default: ${DEFAULT-VALUE}).")
        int seconds;

        @Override
        ExitStatus run(Output output) throws InterruptedException {
            if (!LABEL.matcher(name).matches() || !LABEL.matcher(namespace).matches()) {
                throw new CommandException(ExitStatus.USAGE, "that is no name on a cluster: a-z, 0-9 and -");
            }
            if (seconds < 1 || seconds > 3600) {
                throw new CommandException(ExitStatus.USAGE, "--timeout-seconds lies between 1 and 3600");
            }
            try {
                if (!Retirement.of(namespace, name, Duration.ofSeconds(seconds))) {
                    throw new CommandException(ExitStatus.UNAVAILABLE, "the pod of " + name + " does not end");
                }
            } catch (KubernetesClientException e) {
                throw new CommandException(
                        ExitStatus.UNAVAILABLE, "the cluster refuses or does not answer: " + e.getMessage());
            }
            output.line("%s is gone", name);
            output.result(Map.of("namespace", namespace, "name", name));
            return ExitStatus.OK;
        }
    }

    /** {@code croft kubernetes image}. */
    @Command(
            name = "image",
            description =
                    "Write the image of router, private clouds and services as an archive for docker load, without a Docker engine.")
    static final class Image extends Subcommand {
        @Mixin
        HomeOption home = new HomeOption();

        @Option(names = "--out", paramLabel = "TAR", required = true, description = "The archive to write.")
        Path out = Path.of("");

        @Override
        ExitStatus run(Output output) throws Exception {
            ImageCommand.write(PartImage.ROUTER, home.home(), out, output);
            return ExitStatus.OK;
        }
    }
}
