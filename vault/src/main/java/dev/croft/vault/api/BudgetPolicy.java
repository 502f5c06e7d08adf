package dev.croft.vault.api;

import dev.croft.budget.Epsilon;
import org.jspecify.annotations.Nullable;

/**
 * How a private cloud's budget is cut into private data blocks.
 *
 * @param epsilon what each block holds
 * @param windowDays how many days of data one block covers, counted from 1970-01-01 UTC; {@code null}: one block for all data
 */
public record BudgetPolicy(Epsilon epsilon, @Nullable Integer windowDays) {
    /** One block of epsilon 1.0. */
    public static final BudgetPolicy DEFAULT = new BudgetPolicy(new Epsilon(1_000_000_000), null);

    /** Refuses amounts that are none and windows below a day or above a century. */
    public BudgetPolicy {
        if (epsilon.isZero()) {
            throw new ProblemException(ProblemCode.INVALID_AMOUNT, "a block holds more than 0");
        }
        if (windowDays != null && (windowDays < 1 || windowDays > 36525)) {
            throw new ProblemException(ProblemCode.MALFORMED_REQUEST, "windowDays lies between 1 and 36525");
        }
    }
}
