package dev.croft.budget.ledger;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import java.time.Instant;

/** The span of time {@code [from, to)} whose data a block protects. */
public record TimeWindow(Instant from, Instant to) {
    /** All of time: the window of an owner's single default block. */
    public static final TimeWindow ALWAYS = new TimeWindow(Instant.MIN, Instant.MAX);

    public TimeWindow {
        if (!from.isBefore(to)) throw new InvalidInputException("window", Problem.EMPTY, "from " + from + " to " + to);
    }

    public boolean contains(Instant instant) {
        return !instant.isBefore(from) && instant.isBefore(to);
    }

    public boolean overlaps(TimeWindow other) {
        return from.isBefore(other.to) && other.from.isBefore(to);
    }
}
