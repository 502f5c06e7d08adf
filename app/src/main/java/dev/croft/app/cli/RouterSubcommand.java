package dev.croft.app.cli;

import dev.croft.router.RouterClient;
import java.io.IOException;
import picocli.CommandLine.Mixin;

/** A subcommand that asks a router one thing, with the operator's token unless it says otherwise. */
abstract class RouterSubcommand extends Subcommand {
    @Mixin
    ServerOptions server = new ServerOptions();

    /** Checks the arguments before anything is asked. */
    void check() throws IOException {}

    /** A client with the token that this is asked with. */
    RouterClient client() throws IOException {
        return server.operator();
    }

    abstract void ask(RouterClient router, Output output) throws IOException;

    @Override
    final ExitStatus run(Output output) throws IOException {
        check();
        try (RouterClient router = client()) {
            ask(router, output);
        }
        return ExitStatus.OK;
    }
}
