package dev.croft.app.cli;

import dev.croft.app.example.TrainingPod;
import dev.croft.app.server.OperatorImage;
import dev.croft.operator.decide.Settings;
import dev.croft.operator.run.Deploy;
import dev.croft.operator.run.OperatorMain;
import dev.croft.operator.run.Options;
import dev.croft.runtime.Program;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code croft operator}: privacy budget as resources of a Kubernetes cluster. */
@Command(
        name = "operator",
        description = "Privacy budget as Kubernetes resources: run the operator, or print what it needs.",
        subcommands = {
            OperatorCommand.Run.class,
            OperatorCommand.Crds.class,
            OperatorCommand.Manifests.class,
            OperatorCommand.Image.class,
            OperatorCommand.Example.class
        })
final class OperatorCommand extends Group {
    /** {@code croft operator run}. */
    @Command(
            name = "run",
            description =
                    "Run the operator on the cluster that KUBECONFIG names, or the one it is in, until it is ended.")
    static final class Run extends Subcommand {
        @Option(
                names = "--policy",
                defaultValue = "DPF_N",
                description = "One of ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
        Settings.Policy policy = Settings.Policy.DPF_N;

        @Option(
                names = "--n",
                defaultValue = "100",
                description = "DPF_N: how many claims unlock a block (default: ${DEFAULT-VALUE}).")
        double n;

        @Option(
                names = "--timeout",
                paramLabel = "MS",
                defaultValue = "20000",
                description = "How long a claim waits that does not say so (default: ${DEFAULT-VALUE}).")
        long timeout;

        @Option(
                names = "--releasing-duration",
                paramLabel = "MS",
                defaultValue = "30000",
                description = "DPF_T: over what time a block unlocks that does not say so (default: ${DEFAULT-VALUE}).")
        long releasingDuration;

        @Option(
                names = "--releasing-period",
                paramLabel = "MS",
                defaultValue = "10000",
                description = "How often blocks unlock with time (default: ${DEFAULT-VALUE}).")
        long releasingPeriod;

        @Option(
                names = "--lease-namespace",
                paramLabel = "NAME",
                defaultValue = "croft-budget",
                description = "Where the lease of the leading operator is (default: ${DEFAULT-VALUE}).")
        String leaseNamespace = "";

        @Option(
                names = "--lease-seconds",
                defaultValue = "15",
                description = "How long a dead leader is waited for (default: ${DEFAULT-VALUE}).")
        int leaseSeconds;

        @Option(
                names = "--port",
                defaultValue = "8080",
                description =
                        "Port of /metrics, /healthz and /readyz on loopback, 0 for any (default: ${DEFAULT-VALUE}).")
        int port;

        @Override
        ExitStatus run(Output output) throws Exception {
            if (port < 0 || port > 65_535 || leaseSeconds < 1) {
                throw new CommandException(
                        ExitStatus.USAGE, "--port lies between 0 and 65535 and --lease-seconds is 1 or more");
            }
            OperatorMain.run(
                    new Settings(
                            policy,
                            n,
                            timeout,
                            releasingDuration,
                            releasingPeriod,
                            Settings.DEFAULT.keepLog(),
                            Settings.DEFAULT.newcomer()),
                    new Options(
                            OperatorMain.identity(),
                            leaseNamespace,
                            Duration.ofSeconds(leaseSeconds),
                            port,
                            "127.0.0.1",
                            16));
            return ExitStatus.OK;
        }
    }

    /** {@code croft operator crds}. */
    @Command(name = "crds", description = "Print the custom resource definitions, for kubectl apply -f -.")
    static final class Crds extends TextSubcommand {
        @Override
        String text() {
            return Deploy.text("crds.yaml");
        }
    }

    /** {@code croft operator manifests}. */
    @Command(
            name = "manifests",
            description =
                    "Print namespace, roles, deployment and metrics service of the operator, for kubectl apply -f -.")
    static final class Manifests extends TextSubcommand {
        @Override
        String text() {
            return Deploy.text("operator.yaml");
        }
    }

    /** {@code croft operator example}. */
    @Command(
            name = "example",
            description =
                    "Print a block and a claim whose pod trains a differentially private model, for kubectl apply -f -.")
    static final class Example extends TextSubcommand {
        private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

        @Option(
                names = "--namespace",
                paramLabel = "NAME",
                defaultValue = "default",
                description = "Where they go (default: ${DEFAULT-VALUE}).")
        String namespace = "";

        @Override
        String text() {
            if (!NAME.matcher(namespace).matches())
                throw new CommandException(ExitStatus.USAGE, "--namespace is no name of a namespace");
            return TrainingPod.manifest(namespace, "croft/operator");
        }
    }

    /** {@code croft operator image}. */
    @Command(
            name = "image",
            description = "Write an image of the operator as an archive for docker load, without a Docker engine.")
    static final class Image extends Subcommand {
        @Option(names = "--out", paramLabel = "TAR", required = true, description = "The archive to write.")
        Path out = Path.of("");

        @Option(
                names = "--reference",
                paramLabel = "NAME",
                defaultValue = "croft/operator",
                description = "The image's name (default: ${DEFAULT-VALUE}).")
        String reference = "";

        @Override
        ExitStatus run(Output output) throws Exception {
            Program.Image image = OperatorImage.write(reference, out);
            output.line("%s %s", image.reference(), image.digest());
            output.result(Map.of("reference", image.reference(), "digest", image.digest(), "archive", out.toString()));
            return ExitStatus.OK;
        }
    }
}
