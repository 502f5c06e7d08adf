package dev.croft.app.cli;

import dev.croft.vault.api.BudgetEntry;
import dev.croft.vault.api.BudgetStatus;
import dev.croft.vault.api.Listing;
import dev.croft.vault.api.Span;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The parts of {@code croft budget} that look into a private cloud. */
final class BudgetViewCommands {
    private BudgetViewCommands() {}

    /** {@code croft budget show}. */
    @Command(name = "show", description = "What is left of a private cloud's budget, by block.")
    static final class Show extends CloudCommand.Owned {
        @Override
        ExitStatus run(Output output) throws IOException {
            BudgetStatus status = owner.cloud().budget();
            output.table(
                    List.of("block", "data", "total", "reserved", "spent", "available"),
                    status.blocks().stream()
                            .map(block -> List.of(
                                    block.id(),
                                    window(block.window()),
                                    block.total().toString(),
                                    block.reserved().toString(),
                                    block.spent().toString(),
                                    block.available().toString()))
                            .toList());
            output.result(status);
            return ExitStatus.OK;
        }

        private static String window(@Nullable Span window) {
            return window == null ? "all" : window.from() + " to " + window.to();
        }
    }

    /** {@code croft budget history}. */
    @Command(name = "history", description = "Every change of a private cloud's budget.")
    static final class History extends CloudCommand.Owned {
        @Option(names = "--from", defaultValue = "0", description = "First record (default: ${DEFAULT-VALUE}).")
        long from;

        @Option(names = "--limit", defaultValue = "1000", description = "Most records (default: ${DEFAULT-VALUE}).")
        int limit;

        @Override
        ExitStatus run(Output output) throws IOException {
            Listing<BudgetEntry> history = owner.cloud().budgetHistory(from, limit);
            output.table(
                    List.of("time", "what", "epsilon", "for"),
                    history.items().stream()
                            .map(entry -> List.of(
                                    entry.time().toString(),
                                    entry.kind(),
                                    entry.amount().toString(),
                                    entry.key()))
                            .toList());
            output.result(history);
            return ExitStatus.OK;
        }
    }
}
