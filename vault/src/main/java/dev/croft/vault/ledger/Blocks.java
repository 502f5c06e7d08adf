package dev.croft.vault.ledger;

import dev.croft.budget.ledger.LedgerCommand.CreateBlock;
import dev.croft.budget.ledger.TimeWindow;
import dev.croft.vault.api.BudgetPolicy;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.Span;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which private data blocks a span of data's time touches, under a policy. */
final class Blocks {
    private static final int MOST = 1000;
    private static final String WHOLE = "all";

    private Blocks() {}

    /** The blocks that {@code span} touches, as the commands that create them. */
    static List<CreateBlock> touched(BudgetPolicy policy, Span span) {
        Integer days = policy.windowDays();
        if (days == null) {
            return List.of(new CreateBlock(WHOLE, TimeWindow.ALWAYS, policy.epsilon()));
        }
        long seconds = Duration.ofDays(days).toSeconds();
        double first = Math.floor(span.from() / seconds);
        double last = Math.ceil(span.to() / seconds) - 1;
        if (last - first >= MOST) {
            throw new ProblemException(
                    ProblemCode.INVALID_PARAMETERS, "the query's time touches more than " + MOST + " blocks of budget");
        }
        var blocks = new ArrayList<CreateBlock>();
        for (long window = (long) first; window <= (long) last; window++) {
            var time = new TimeWindow(
                    Instant.ofEpochSecond(window * seconds), Instant.ofEpochSecond((window + 1) * seconds));
            blocks.add(new CreateBlock("days-" + days + "-" + window, time, policy.epsilon()));
        }
        return blocks;
    }

    /** A block's window as it travels. */
    static @Nullable Span span(TimeWindow window) {
        return window.equals(TimeWindow.ALWAYS)
                ? null
                : new Span(window.from().getEpochSecond(), window.to().getEpochSecond());
    }
}
