package dev.croft.app.cli;

import dev.croft.operator.run.Deploy;
import picocli.CommandLine.Command;

/** {@code croft kubernetes}: Croft's own parts on a Kubernetes cluster. */
@Command(
        name = "kubernetes",
        description = "Croft on a Kubernetes cluster: print what the cluster needs.",
        subcommands = {KubernetesCommand.Crds.class})
final class KubernetesCommand extends Group {
    /** {@code croft kubernetes crds}. */
    @Command(
            name = "crds",
            description = "Print the definition of private clouds as resources, for kubectl apply -f -.")
    static final class Crds extends Subcommand {
        @Override
        ExitStatus run(Output output) {
            output.out().print(Deploy.text("privateclouds.yaml"));
            return ExitStatus.OK;
        }
    }
}
