package dev.croft.app.cli;

/** A subcommand that prints a text, such as one for {@code kubectl apply -f -}. */
abstract class TextSubcommand extends Subcommand {
    abstract String text();

    @Override
    final ExitStatus run(Output output) {
        output.out().print(text());
        return ExitStatus.OK;
    }
}
