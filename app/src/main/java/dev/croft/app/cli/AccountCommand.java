package dev.croft.app.cli;

import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.registry.Account;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft account}: accounts of the router, for its operator. */
@Command(
        name = "account",
        description = "Accounts of the router, and their tokens.",
        subcommands = {AccountCommand.Create.class, AccountCommand.Show.class, AccountTokenCommand.class})
final class AccountCommand extends Group {
    /** {@code croft account create}. */
    @Command(name = "create", description = "Make an account and keep its token in the home.")
    static final class Create extends Subcommand {
        @Mixin
        ServerOptions server = new ServerOptions();

        @Parameters(paramLabel = "NAME", description = "Name of the account.")
        String name;

        @Option(
                names = "--role",
                defaultValue = "OWNER",
                description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
        Role role = Role.OWNER;

        @Override
        ExitStatus run(Output output) throws IOException {
            try (RouterClient client = server.create(name, role)) {
                output.line(
                        "%s %s; its token is in %s",
                        role.name().toLowerCase(java.util.Locale.ROOT),
                        name,
                        server.home().tokens().resolve(name));
                output.result(Map.of("name", name, "role", role.name()));
                return ExitStatus.OK;
            }
        }
    }

    /** {@code croft account list}. */
    @Command(name = "list", description = "List accounts.")
    static final class Show extends Subcommand {
        @Mixin
        ServerOptions server = new ServerOptions();

        @Override
        ExitStatus run(Output output) throws IOException {
            try (RouterClient operator = server.operator()) {
                List<Account> accounts = operator.accounts();
                output.table(
                        List.of("name", "role", "created"),
                        accounts.stream()
                                .map(account -> List.of(
                                        account.name(),
                                        account.role().name(),
                                        account.created().toString()))
                                .toList());
                output.result(accounts);
                return ExitStatus.OK;
            }
        }
    }
}
