package dev.croft.budget.claims;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.ledger.TimeWindow;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * Creates the blocks of a data set while its data arrive: by span of time (event privacy), by user, or by user and span
 * of time. Blocks by user must be hidden from whoever may not know that the user exists; what may be published about
 * their number comes from a {@link TreeCounter}.
 *
 * @param dataset name of the data set, part of every block's id
 * @param by what one block protects
 * @param span length of a block in time, aligned to the epoch; not used by {@link By#USER}
 * @param total every block's budget
 */
public record BlockStream(String dataset, By by, Duration span, Cost total) {
    private static final Instant LAST = Instant.parse("9999-12-31T00:00:00Z");

    /** What one block holds. */
    public enum By {
        TIME,
        USER,
        USER_TIME
    }

    public BlockStream {
        part("stream.dataset", dataset);
        if (by != By.USER && (span.isNegative() || span.toMillis() < 1 || span.toDays() > 36_525))
            throw new InvalidInputException(
                    "stream.span", Problem.OUT_OF_RANGE, span + " is not between 1 ms and 100 years");
    }

    /** The block that data of this user and time belong to. */
    public BlockSpec blockOf(String user, Instant time) {
        if (by != By.TIME) part("stream.user", user);
        if (time.isBefore(Instant.EPOCH) || time.isAfter(LAST))
            throw new InvalidInputException("stream.time", Problem.OUT_OF_RANGE, "" + time);
        long start = by == By.USER ? 0 : Math.floorDiv(time.toEpochMilli(), span.toMillis()) * span.toMillis();
        TimeWindow window = by == By.USER
                ? TimeWindow.ALWAYS
                : new TimeWindow(
                        Instant.ofEpochMilli(start), Instant.ofEpochMilli(start).plus(span));
        String id = switch (by) {
            case TIME -> dataset + "/" + window.from();
            case USER -> dataset + "/" + user;
            case USER_TIME -> dataset + "/" + user + "/" + window.from();
        };
        return new BlockSpec(id, dataset, window, by == By.TIME ? Map.of() : Map.of("user", user), total);
    }

    /** Ids are names joined by slashes: no two data fall into one block by having a slash in their names. */
    private static void part(String field, String name) {
        BlockSpec.checkName(field, name);
        if (name.length() > 100) throw new InvalidInputException(field, Problem.TOO_MANY, "more than 100 characters");
        if (name.indexOf('/') >= 0) throw new InvalidInputException(field, Problem.MALFORMED, "a slash");
    }

    /** Makes sure the block of a datum exists. */
    public BlockSpec observe(ClaimBook book, String user, Instant time) {
        BlockSpec block = blockOf(user, time);
        if (book.findBlock(block.id()).isEmpty()) book.createBlock(block);
        return block;
    }
}
