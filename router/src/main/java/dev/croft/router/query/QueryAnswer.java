package dev.croft.router.query;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What comes back of a query: noisy values only.
 *
 * @param confidence of each interval
 * @param epsilon what the query cost each person who took part
 */
public record QueryAnswer(List<Cell> cells, Participants participants, double confidence, BigDecimal epsilon) {

    /**
     * A noisy sum. It may be negative or above what is possible: nothing is cut off, so that means of many answers stay unbiased.
     *
     * @param low lower end of the interval that holds the true sum (of those who took part) with the stated confidence
     * @param epsilon what this cell cost each person
     */
    public record Cell(String label, long value, long low, long high, BigDecimal epsilon) {}

    /**
     * How many took part.
     *
     * @param atLeast the minimum cohort, which was reached
     * @param noisy a noisy number, if it was paid for
     */
    public record Participants(int atLeast, @Nullable Noisy noisy) {
        public record Noisy(long value, long low, long high, BigDecimal epsilon) {}
    }
}
