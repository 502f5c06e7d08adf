package dev.croft.app.cli;

import java.util.Map;
import picocli.AutoComplete;
import picocli.CommandLine.Command;

/** {@code croft completion}: the script that completes commands and options in bash and zsh. */
@Command(name = "completion", description = "Print a completion script for bash and zsh: source <(croft completion).")
final class CompletionCommand extends Subcommand {
    @Override
    ExitStatus run(Output output) {
        String script = AutoComplete.bash("croft", Croft.line());
        if (json) {
            output.result(Map.of("script", script));
        } else {
            output.out().print(script);
        }
        return ExitStatus.OK;
    }
}
