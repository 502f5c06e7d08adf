package dev.croft.budget.accounting;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;

/** Checks of numbers from outside, and the few special functions the formulas need. */
final class Numbers {
    private Numbers() {}

    static double nonNegative(String field, double value) {
        if (Double.isNaN(value)) throw new InvalidInputException(field, Problem.NOT_A_NUMBER, "NaN");
        if (Double.isInfinite(value)) throw new InvalidInputException(field, Problem.INFINITE, "" + value);
        if (value < 0) throw new InvalidInputException(field, Problem.NEGATIVE, "" + value);
        return value;
    }

    static double positive(String field, double value) {
        if (nonNegative(field, value) == 0) throw new InvalidInputException(field, Problem.ZERO, "must be above zero");
        return value;
    }

    /** In the open interval (0, 1). */
    static double probability(String field, double value) {
        if (positive(field, value) >= 1)
            throw new InvalidInputException(field, Problem.OUT_OF_RANGE, value + " is not in (0, 1)");
        return value;
    }

    /** ln(exp(a) + exp(b)). */
    static double logAdd(double a, double b) {
        double high = Math.max(a, b);
        double low = Math.min(a, b);
        return low == Double.NEGATIVE_INFINITY ? high : high + Math.log1p(Math.exp(low - high));
    }

    /** ln(exp(a) - exp(b)) for a >= b. */
    static double logSubtract(double a, double b) {
        if (b == Double.NEGATIVE_INFINITY) return a;
        return a > b ? a + Math.log(-Math.expm1(b - a)) : Double.NEGATIVE_INFINITY;
    }

    /** ln of the complementary error function, without underflow for large x. */
    static double logErfc(double x) {
        if (x < 2.5) return Math.log(x < 0 ? 1 + erfSmall(-x) : 1 - erfSmall(x));
        // Continued fraction (Abramowitz and Stegun 7.1.14), evaluated from behind.
        double tail = x;
        for (int k = 120; k > 0; k--) tail = x + (k / 2.0) / tail;
        return -x * x - 0.5 * Math.log(Math.PI) - Math.log(tail);
    }

    /** erf for x >= 0 by the series with positive terms (Abramowitz and Stegun 7.1.6). */
    private static double erfSmall(double x) {
        if (x > 6) return 1;
        double term = x;
        double sum = x;
        for (int n = 1; n < 300 && term > 1e-18 * sum; n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }
}
