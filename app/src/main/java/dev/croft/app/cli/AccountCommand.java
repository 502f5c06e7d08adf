package dev.croft.app.cli;

import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.lifecycle.AccountPolicy;
import dev.croft.router.registry.Account;
import dev.croft.vault.api.Replicas;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft account}: accounts of the router, for its operator. */
@Command(
        name = "account",
        description = "Accounts of the router, and their tokens.",
        subcommands = {
            AccountCommand.Create.class,
            AccountCommand.Show.class,
            AccountCommand.Replicated.class,
            AccountCommand.Policy.class,
            AccountTokenCommand.class
        })
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
                        role.name().toLowerCase(Locale.ROOT),
                        name,
                        server.home().tokens().resolve(name));
                output.result(Map.of("name", name, "role", role.name()));
                return ExitStatus.OK;
            }
        }
    }

    /** {@code croft account replicas}. */
    @Command(
            name = "replicas",
            description =
                    "Show or choose the capsule servers that an account's private clouds are kept on besides their host.")
    static final class Replicated extends RouterSubcommand {
        @Parameters(paramLabel = "NAME", description = "Name of the account.")
        String name;

        @Mixin
        ReplicaOptions replicas = new ReplicaOptions();

        @Override
        RouterClient client() throws IOException {
            return server.as(name);
        }

        @Override
        void ask(RouterClient account, Output output) {
            Optional<Replicas> wanted = replicas.replicas();
            Replicas now = wanted.isPresent() ? account.setReplicas(wanted.get()) : account.replicas();
            output.line("%s", now == null ? "none" : now.durability() + " of " + String.join(" ", now.servers()));
            output.result(now == null ? Map.of() : now);
        }
    }

    /** {@code croft account policy}. */
    @Command(
            name = "policy",
            description =
                    "Show or set when an account's private clouds sleep; what is not given is the installation's own.")
    static final class Policy extends RouterSubcommand {
        @Parameters(paramLabel = "NAME", description = "Name of the account.")
        String name;

        @Option(names = "--idle-seconds", paramLabel = "N", description = "Idle time after which one sleeps.")
        @Nullable
        Long idleSeconds;

        @Option(names = "--awake-seconds", paramLabel = "N", description = "Time after which one sleeps, used or not.")
        @Nullable
        Long awakeSeconds;

        @Option(names = "--most-awake", paramLabel = "N", description = "How many may be awake at once.")
        @Nullable
        Integer mostAwake;

        @Option(names = "--weight", paramLabel = "N", description = "Share when not all can stay awake (default: 1).")
        @Nullable
        Integer weight;

        @Override
        void ask(RouterClient operator, Output output) {
            boolean show = idleSeconds == null && awakeSeconds == null && mostAwake == null && weight == null;
            AccountPolicy policy = show
                    ? operator.policy(name)
                    : operator.setPolicy(name, new AccountPolicy(idleSeconds, awakeSeconds, mostAwake, weight));
            output.table(
                    List.of("idle seconds", "awake seconds", "most awake", "weight"),
                    List.of(List.of(
                            text(policy.idleSeconds()),
                            text(policy.awakeSeconds()),
                            text(policy.mostAwake()),
                            text(policy.weight()))));
            output.result(policy);
        }

        private static String text(@Nullable Number number) {
            return number == null ? "standard" : number.toString();
        }
    }

    /** {@code croft account list}. */
    @Command(name = "list", description = "List accounts.")
    static final class Show extends RouterSubcommand {
        @Override
        void ask(RouterClient operator, Output output) {
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
        }
    }
}
