package dev.croft.app.cli;

import dev.croft.budget.books.BookJson;
import dev.croft.budget.claims.ClaimRequest;
import dev.croft.budget.claims.ClaimState;
import dev.croft.budget.claims.ClaimView;
import dev.croft.budget.claims.Cost;
import dev.croft.budget.claims.LabelCondition;
import dev.croft.budget.claims.Selector;
import dev.croft.router.BudgetClient;
import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft budget claim}: claims on budget blocks, each an account's own. */
@Command(
        name = "claim",
        description = "Claims on budget blocks; every command may be repeated.",
        subcommands = {
            BudgetClaimCommand.Request.class,
            BudgetClaimCommand.Listing.class,
            BudgetClaimCommand.Show.class,
            BudgetClaimCommand.Consume.class,
            BudgetClaimCommand.Release.class
        })
final class BudgetClaimCommand extends Group {
    /** What each of them has. */
    abstract static class Claiming extends Subcommand {
        @Mixin
        ServerOptions server = new ServerOptions();

        @Option(
                names = "--as",
                defaultValue = "analyst",
                description = "Whose claim; the account is made if the home has none (default: ${DEFAULT-VALUE}).")
        String account = "analyst";

        @Override
        final ExitStatus run(Output output) throws IOException {
            boolean known = server.tokenFile != null
                    || account.matches("[A-Za-z0-9._@-]+")
                            && Files.isRegularFile(server.home().tokens().resolve(account));
            try (RouterClient client = known ? server.as(account) : server.create(account, Role.ANALYST)) {
                return run(output, client.budget());
            }
        }

        abstract ExitStatus run(Output output, BudgetClient budget);

        static ExitStatus tell(Output output, ClaimView claim) {
            output.line(
                    "%s is %s%s",
                    claim.id(),
                    state(claim),
                    claim.waitingFor().isEmpty() ? "" : ", for budget on " + claim.waitingFor());
            output.result(BookJson.claim(claim));
            return claim.state() == ClaimState.REFUSED || claim.state() == ClaimState.TIMED_OUT
                    ? ExitStatus.REFUSED
                    : ExitStatus.OK;
        }
    }

    private static String state(ClaimView claim) {
        return claim.state().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** {@code croft budget claim request}. */
    @Command(
            name = "request",
            description = {
                "Ask for budget on blocks, all or nothing. Exit status 4 if it is refused or gave up waiting.",
                "Name the blocks by --block, or a data set with --newest, --where, or --from and --to."
            })
    static final class Request extends Claiming {
        @Parameters(paramLabel = "ID", description = "Name of the claim; the same request again changes nothing.")
        String id = "";

        @Option(names = "--block", paramLabel = "ID", description = "A block; may be repeated.")
        List<String> blocks = List.of();

        @Option(names = "--dataset", description = "A data set to select blocks of.")
        @Nullable
        String dataset;

        @Option(names = "--newest", paramLabel = "N", description = "Its N newest blocks.")
        @Nullable
        Integer newest;

        @Option(
                names = "--where",
                paramLabel = "LABEL:TEST:VALUE",
                description =
                        "Blocks whose label passes: is, is-not, in (values by comma), less, at-most, more, at-least; may be repeated.")
        List<String> where = List.of();

        @Option(names = "--from", paramLabel = "TIME", description = "Blocks with data from then, RFC 3339.")
        @Nullable
        String from;

        @Option(names = "--to", paramLabel = "TIME", description = "And before then.")
        @Nullable
        String to;

        @Mixin
        AmountOptions demand = new AmountOptions();

        @Option(names = "--weight", defaultValue = "1", description = "Priority; above 1 for operators (default: 1).")
        double weight;

        @Option(
                names = "--patience",
                paramLabel = "SECONDS",
                defaultValue = "300",
                description = "How long it may wait (default: ${DEFAULT-VALUE}).")
        int patience;

        @Option(
                names = "--lease",
                paramLabel = "SECONDS",
                defaultValue = "3600",
                description = "How long it may hold what it got (default: ${DEFAULT-VALUE}).")
        int lease;

        @Option(names = "--wait", description = "Come back only when it is decided.")
        boolean wait;

        @Override
        ExitStatus run(Output output, BudgetClient budget) {
            ClaimView claim = budget.submit(new ClaimRequest(
                    id, selector(), demand.cost(), weight, Duration.ofSeconds(patience), Duration.ofSeconds(lease)));
            while (wait && claim.state() == ClaimState.WAITING) {
                claim = budget.awaitDecision(id, Duration.ofMinutes(1));
            }
            return tell(output, claim);
        }

        private Selector selector() {
            if (!blocks.isEmpty()) {
                return new Selector.Named(blocks);
            }
            if (dataset == null) {
                throw new CommandException(ExitStatus.USAGE, "give --block or --dataset");
            }
            if (newest != null) {
                return new Selector.Newest(dataset, newest);
            }
            if (!where.isEmpty()) {
                return new Selector.Where(
                        dataset, where.stream().map(Request::condition).toList());
            }
            return new Selector.Within(dataset, BudgetBlockCommand.window(from, to));
        }

        private static LabelCondition condition(String text) {
            String[] parts = text.split(":", 3);
            for (LabelCondition.Test test : LabelCondition.Test.values()) {
                if (parts.length == 3 && test.wireName().equals(parts[1])) {
                    return new LabelCondition(
                            parts[0],
                            test,
                            test == LabelCondition.Test.IN ? List.of(parts[2].split(",")) : List.of(parts[2]));
                }
            }
            throw new CommandException(ExitStatus.USAGE, "--where is LABEL:TEST:VALUE, such as city:is:York");
        }
    }

    /** {@code croft budget claim list}. */
    @Command(name = "list", description = "List the account's claims.")
    static final class Listing extends Claiming {
        @Override
        ExitStatus run(Output output, BudgetClient budget) {
            List<ClaimView> claims = budget.claims();
            output.table(
                    List.of("claim", "state", "waiting for", "blocks"),
                    claims.stream()
                            .map(claim -> List.of(
                                    claim.id(),
                                    state(claim),
                                    claim.waitingFor(),
                                    String.join(" ", claim.allocated().keySet())))
                            .toList());
            output.result(claims.stream().map(BookJson::claim).toList());
            return ExitStatus.OK;
        }
    }

    /** {@code croft budget claim show}. */
    @Command(name = "show", description = "Show a claim.")
    static final class Show extends Claiming {
        @Parameters(paramLabel = "ID", description = "Name of the claim.")
        String id = "";

        @Override
        ExitStatus run(Output output, BudgetClient budget) {
            return tell(output, budget.claim(name(id)));
        }
    }

    /** {@code croft budget claim consume}. */
    @Command(name = "consume", description = "Spend part of what a claim was allocated, or with --all the rest of it.")
    static final class Consume extends Claiming {
        @Parameters(index = "0", paramLabel = "ID", description = "Name of the claim.")
        String id = "";

        @Parameters(
                index = "1",
                paramLabel = "KEY",
                description = "Names this consumption; the same again changes nothing.")
        String key = "";

        @Option(names = "--block", paramLabel = "ID", description = "Only there (default: on each of its blocks).")
        List<String> blocks = List.of();

        @Option(names = "--all", description = "All that is left.")
        boolean all;

        @Mixin
        AmountOptions amount = new AmountOptions();

        @Override
        ExitStatus run(Output output, BudgetClient budget) {
            Map<String, Cost> left = budget.claim(name(id)).allocated();
            Map<String, Cost> costs = new HashMap<>();
            for (String block : blocks.isEmpty() ? new ArrayList<>(left.keySet()) : blocks) {
                Cost rest = left.get(block);
                costs.put(block, all && rest != null ? rest : amount.cost());
            }
            return tell(output, budget.consume(id, key, costs));
        }
    }

    /** {@code croft budget claim release}. */
    @Command(name = "release", description = "Give back what is left of a claim, or withdraw it.")
    static final class Release extends Claiming {
        @Parameters(paramLabel = "ID", description = "Name of the claim.")
        String id = "";

        @Override
        ExitStatus run(Output output, BudgetClient budget) {
            return tell(output, budget.release(name(id)));
        }
    }

    private static String name(String id) {
        if (!id.matches("[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}")) {
            throw new CommandException(ExitStatus.USAGE, "a claim's name is of letters, digits and . _ @ + -");
        }
        return id;
    }
}
