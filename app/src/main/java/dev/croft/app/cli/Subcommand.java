package dev.croft.app.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What every leaf of the command tree has: {@code --json}, {@code --help}, and somewhere to write. */
abstract class Subcommand implements Callable<Integer> {
    @Spec
    CommandSpec spec;

    @Option(names = "--json", description = "Print the result as one JSON document.")
    boolean json;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;

    @Override
    public final Integer call() throws Exception {
        Output output =
                new Output(spec.commandLine().getOut(), spec.commandLine().getErr(), json);
        try {
            return run(output).code();
        } finally {
            output.out().flush();
        }
    }

    abstract ExitStatus run(Output output) throws Exception;
}
