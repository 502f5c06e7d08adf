package dev.croft.budget.accounting;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import java.util.List;

/**
 * The guarantee of (epsilon, delta)-differential privacy.
 *
 * @param epsilon not negative, finite
 * @param delta in [0, 1]
 */
public record ApproxDp(double epsilon, double delta) {
    public ApproxDp {
        Numbers.nonNegative("epsilon", epsilon);
        if (Numbers.nonNegative("delta", delta) > 1)
            throw new InvalidInputException("delta", Problem.OUT_OF_RANGE, delta + " > 1");
    }

    /** Pure epsilon-differential privacy. */
    public static ApproxDp pure(double epsilon) {
        return new ApproxDp(epsilon, 0);
    }

    /** Basic composition: both add up. */
    public ApproxDp plus(ApproxDp other) {
        return new ApproxDp(epsilon + other.epsilon, Math.min(1, delta + other.delta));
    }

    /**
     * Advanced composition of {@code runs} of this mechanism at an extra {@code slack} of delta: epsilon sqrt(2 k ln
     * (1/slack)) + k epsilon (e^epsilon - 1) (Dwork, Rothblum, Vadhan 2010, Theorem III.3). May be worse than basic.
     */
    public ApproxDp advanced(long runs, double slack) {
        checkRuns(runs);
        Numbers.probability("slack", slack);
        double composed = epsilon * Math.sqrt(2 * runs * Math.log(1 / slack)) + runs * epsilon * Math.expm1(epsilon);
        return new ApproxDp(composed, Math.min(1, runs * delta + slack));
    }

    /**
     * The best epsilon that {@code runs} of any mechanism with this guarantee can be said to have at a total of
     * {@code targetDelta}: the exact characterization of Kairouz, Oh, Viswanath 2015, Theorem 3.3.
     *
     * @param runs at most 10,000
     */
    public ApproxDp optimal(int runs, double targetDelta) {
        checkRuns(runs);
        if (runs > 10_000) throw new InvalidInputException("runs", Problem.TOO_MANY, runs + ", at most 10000");
        Numbers.probability("targetDelta", targetDelta);
        double logKept = runs * Math.log1p(-delta);
        double logNormalizer = runs * Numbers.logAdd(0, epsilon);
        for (int i = runs / 2; i >= 0; i--) {
            double logDelta = Double.NEGATIVE_INFINITY;
            double logBinomial = 0;
            for (int l = 0; l < i; l++) {
                double term = Numbers.logSubtract((runs - l) * epsilon, (runs - 2.0 * i + l) * epsilon);
                logDelta = Numbers.logAdd(logDelta, logBinomial + term - logNormalizer);
                logBinomial += Math.log((double) (runs - l) / (l + 1));
            }
            double total = -Math.expm1(logKept + Math.log1p(-Math.min(1, Math.exp(logDelta))));
            if (total <= targetDelta) return new ApproxDp((runs - 2.0 * i) * epsilon, targetDelta);
        }
        throw new InvalidInputException(
                "targetDelta",
                Problem.OUT_OF_RANGE,
                "below the " + -Math.expm1(logKept) + " that the runs bring along");
    }

    /**
     * Composition of different mechanisms at an extra {@code slack} of delta: the smallest of basic composition and
     * the two bounds of Kairouz, Oh, Viswanath 2015, Theorem 3.5.
     */
    public static ApproxDp compose(List<ApproxDp> parts, double slack) {
        Numbers.probability("slack", slack);
        double basic = 0;
        double squares = 0;
        double drift = 0;
        double logKept = Math.log1p(-slack);
        for (ApproxDp part : parts) {
            basic += part.epsilon;
            squares += part.epsilon * part.epsilon;
            drift += part.epsilon * Math.tanh(part.epsilon / 2);
            logKept += Math.log1p(-part.delta);
        }
        double first = drift + Math.sqrt(2 * squares * Math.log(Math.E + Math.sqrt(squares) / slack));
        double second = drift + Math.sqrt(2 * squares * Math.log(1 / slack));
        return new ApproxDp(Math.min(basic, Math.min(first, second)), Math.min(1, -Math.expm1(logKept)));
    }

    private static void checkRuns(long runs) {
        if (runs < 1) throw new InvalidInputException("runs", Problem.OUT_OF_RANGE, runs + " < 1");
    }
}
