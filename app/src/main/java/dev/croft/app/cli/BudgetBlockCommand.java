package dev.croft.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.budget.books.BookJson;
import dev.croft.budget.claims.BlockSpec;
import dev.croft.budget.claims.BlockView;
import dev.croft.budget.claims.Cost;
import dev.croft.budget.ledger.TimeWindow;
import dev.croft.router.BudgetClient;
import dev.croft.router.RouterClient;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft budget block}: blocks of the router's budget, with the operator's token. */
@Command(
        name = "block",
        description = "Budget blocks of the router; needs the operator's token.",
        subcommands = {
            BudgetBlockCommand.Create.class,
            BudgetBlockCommand.Listing.class,
            BudgetBlockCommand.Show.class,
            BudgetBlockCommand.Retire.class,
            BudgetBlockCommand.Delete.class
        })
final class BudgetBlockCommand extends Group {
    /** What each of them has. */
    abstract static class Operating extends Subcommand {
        @Mixin
        ServerOptions server = new ServerOptions();

        @Override
        final ExitStatus run(Output output) throws IOException {
            try (RouterClient operator = server.operator()) {
                return run(output, operator.budget());
            }
        }

        abstract ExitStatus run(Output output, BudgetClient budget);
    }

    /** {@code croft budget block create}. */
    @Command(name = "create", description = "Make a block; the same again changes nothing.")
    static final class Create extends Operating {
        @Parameters(paramLabel = "ID", description = "Name of the block, unique for ever.")
        String id = "";

        @Option(names = "--dataset", required = true, description = "Name of the data set it is part of.")
        String dataset = "";

        @Option(
                names = "--from",
                paramLabel = "TIME",
                description = "Start of its data, RFC 3339 (default: all of time).")
        @Nullable
        String from;

        @Option(names = "--to", paramLabel = "TIME", description = "End of its data, exclusive.")
        @Nullable
        String to;

        @Option(names = "--label", paramLabel = "NAME=VALUE", description = "A label to select by; may be repeated.")
        Map<String, String> labels = Map.of();

        @Mixin
        AmountOptions total = new AmountOptions();

        @Override
        ExitStatus run(Output output, BudgetClient budget) {
            BlockView block = budget.createBlock(new BlockSpec(id, dataset, window(from, to), labels, total.cost()));
            output.line("%s", line(block));
            output.result(json(block));
            return ExitStatus.OK;
        }
    }

    static TimeWindow window(@Nullable String from, @Nullable String to) {
        if (from == null && to == null) {
            return TimeWindow.ALWAYS;
        }
        if (from == null || to == null) {
            throw new CommandException(ExitStatus.USAGE, "--from and --to go together");
        }
        try {
            return new TimeWindow(Instant.parse(from), Instant.parse(to));
        } catch (DateTimeException e) {
            throw new CommandException(ExitStatus.USAGE, "--from and --to are times such as 2026-01-01T00:00:00Z");
        }
    }

    /** {@code croft budget block list}. */
    @Command(name = "list", description = "List blocks with what is left of them.")
    static final class Listing extends Operating {
        @Option(names = "--dataset", defaultValue = "", description = "Only those of this data set.")
        String dataset = "";

        @Override
        ExitStatus run(Output output, BudgetClient budget) {
            List<BlockView> blocks = budget.blocks(dataset);
            output.table(
                    List.of("block", "data set", "state", "total", "locked", "unlocked", "allocated", "consumed"),
                    blocks.stream()
                            .map(block -> List.of(
                                    block.spec().id(),
                                    block.spec().dataset(),
                                    block.state().name().toLowerCase(Locale.ROOT),
                                    epsilon(block, block.total()),
                                    epsilon(block, block.locked()),
                                    epsilon(block, block.unlocked()),
                                    epsilon(block, block.allocated()),
                                    epsilon(block, block.consumed())))
                            .toList());
            output.result(blocks.stream().map(BudgetBlockCommand::json).toList());
            return ExitStatus.OK;
        }
    }

    /** One block by its name. */
    abstract static class OfOne extends Operating {
        @Parameters(paramLabel = "ID", description = "Name of the block.")
        String id = "";

        abstract BlockView of(BudgetClient budget);

        @Override
        final ExitStatus run(Output output, BudgetClient budget) {
            BlockView block = of(budget);
            output.line("%s", line(block));
            output.result(json(block));
            return ExitStatus.OK;
        }
    }

    /** {@code croft budget block show}. */
    @Command(name = "show", description = "Show a block's account.")
    static final class Show extends OfOne {
        @Override
        BlockView of(BudgetClient budget) {
            return budget.block(id);
        }
    }

    /** {@code croft budget block retire}. */
    @Command(name = "retire", description = "Unlock nothing more of a block.")
    static final class Retire extends OfOne {
        @Override
        BlockView of(BudgetClient budget) {
            return budget.retireBlock(id);
        }
    }

    /** {@code croft budget block delete}. */
    @Command(name = "delete", description = "Take a block out of every selection; its account stays.")
    static final class Delete extends OfOne {
        @Override
        BlockView of(BudgetClient budget) {
            return budget.deleteBlock(id);
        }
    }

    private static String line(BlockView block) {
        return String.format(
                Locale.ROOT,
                "%s is %s: total %s = locked %s + unlocked %s + allocated %s + consumed %s",
                block.spec().id(),
                block.state().name().toLowerCase(Locale.ROOT),
                epsilon(block, block.total()),
                epsilon(block, block.locked()),
                epsilon(block, block.unlocked()),
                epsilon(block, block.allocated()),
                epsilon(block, block.consumed()));
    }

    /** Epsilon, or epsilon at the order where the block has most. */
    private static String epsilon(BlockView block, double[] steps) {
        int at = 0;
        if (steps.length != 2 || block.spec().total() instanceof Cost.Curve) {
            for (int i = 1; i < steps.length; i++) {
                if (block.total()[i] > block.total()[at]) {
                    at = i;
                }
            }
        }
        return BigDecimal.valueOf(Math.round(steps[at]), 9).stripTrailingZeros().toPlainString();
    }

    static JsonNode json(BlockView block) {
        return BookJson.block(block);
    }
}
