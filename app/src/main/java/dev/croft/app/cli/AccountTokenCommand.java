package dev.croft.app.cli;

import dev.croft.router.RouterClient;
import dev.croft.router.Scope;
import dev.croft.router.http.AccountRoutes;
import dev.croft.router.registry.ApiToken;
import dev.croft.router.tls.PrivateFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft account token}: an account's own API tokens. */
@Command(
        name = "token",
        description = "An account's API tokens; a token never makes one that may do more than itself.",
        subcommands = {
            AccountTokenCommand.Create.class,
            AccountTokenCommand.Show.class,
            AccountTokenCommand.Revoke.class
        })
final class AccountTokenCommand extends Group {

    /** {@code croft account token create}. */
    @Command(name = "create", description = "Make a token and write it to a file of yours alone.")
    static final class Create extends RouterSubcommand {
        @Parameters(paramLabel = "NAME", description = "Name of the account.")
        String name;

        @Option(names = "--out", paramLabel = "FILE", required = true, description = "A new file for the token.")
        Path out = Path.of("");

        @Option(names = "--label", defaultValue = "croft command", description = "What it is for, for the list.")
        String label = "croft command";

        @Option(
                names = "--scope",
                split = ",",
                paramLabel = "SCOPE",
                required = true,
                description = "What it may be used for, and nothing else: ${COMPLETION-CANDIDATES}.")
        Scope[] scopes = {};

        @Option(names = "--days", defaultValue = "90", description = "How long it holds (default: ${DEFAULT-VALUE}).")
        int days;

        @Override
        void check() throws IOException {
            if (days < 1 || days > 366) {
                throw new CommandException(ExitStatus.USAGE, "--days lies between 1 and 366");
            }
            if (Files.exists(out)) {
                throw new FileAlreadyExistsException(out.toString());
            }
        }

        @Override
        RouterClient client() throws IOException {
            return server.as(name);
        }

        @Override
        void ask(RouterClient client, Output output) throws IOException {
            AccountRoutes.IssuedToken issued =
                    client.issueToken(label, Set.copyOf(Arrays.asList(scopes)), Duration.ofDays(days));
            PrivateFiles.write(out, (issued.secret() + "\n").getBytes(StandardCharsets.US_ASCII));
            output.line(
                    "%s is in %s, until %s",
                    issued.token().id(), out, issued.token().expires());
            output.result(issued.token());
        }
    }

    /** {@code croft account token list}. */
    @Command(name = "list", description = "List tokens, without their secrets.")
    static final class Show extends RouterSubcommand {
        @Parameters(paramLabel = "NAME", description = "Name of the account.")
        String name;

        @Override
        RouterClient client() throws IOException {
            return server.as(name);
        }

        @Override
        void ask(RouterClient client, Output output) {
            List<ApiToken> tokens = client.tokens();
            output.table(
                    List.of("id", "label", "scopes", "expires", "revoked"),
                    tokens.stream()
                            .map(token -> List.of(
                                    token.id(),
                                    token.label(),
                                    token.scopes().stream()
                                            .sorted()
                                            .map(Scope::wireName)
                                            .collect(Collectors.joining(",")),
                                    token.expires().toString(),
                                    token.revoked() == null
                                            ? ""
                                            : token.revoked().toString()))
                            .toList());
            output.result(tokens);
        }
    }

    /** {@code croft account token revoke}. */
    @Command(name = "revoke", description = "End a token, at once.")
    static final class Revoke extends RouterSubcommand {
        @Parameters(index = "0", paramLabel = "NAME", description = "Name of the account.")
        String name;

        @Parameters(index = "1", paramLabel = "TOKEN", description = "Id of the token.")
        String token;

        @Override
        void check() {
            if (!token.matches("[0-9a-f]{16}")) {
                throw new CommandException(ExitStatus.USAGE, "a token's id has 16 hexadecimal digits");
            }
        }

        @Override
        RouterClient client() throws IOException {
            return server.as(name);
        }

        @Override
        void ask(RouterClient client, Output output) {
            client.revokeToken(token);
            output.line("%s is revoked", token);
            output.result(Map.of("revoked", token));
        }
    }
}
