package dev.croft.budget.noise;

import dev.croft.budget.Epsilon;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import java.math.BigInteger;
import java.util.random.RandomGenerator;

/**
 * The discrete Laplace (two-sided geometric) distribution on the integers, P(x) proportional to exp(-|x|/scale).
 * Adding a sample of scale sensitivity/epsilon to an integer query makes its release epsilon-differentially private.
 * Sampled exactly by Algorithm 2 of Canonne, Kamath, Steinke 2020. Immutable and thread-safe.
 *
 * <p>The running time of a sampler depends on the sample, as in the paper: do not let an observer time single draws.
 *
 * @param scale in units of the query
 */
public record DiscreteLaplace(Rational scale) {

    /**
     * The noise that makes a query epsilon-differentially private.
     *
     * @param sensitivity most by which one person's data change the answer, at least 1
     */
    public static DiscreteLaplace forBudget(Epsilon epsilon, long sensitivity) {
        if (epsilon.isZero()) throw new InvalidInputException("epsilon", Problem.ZERO, "a release costs something");
        checkSensitivity(sensitivity);
        return new DiscreteLaplace(new Rational(
                BigInteger.valueOf(sensitivity).multiply(BigInteger.valueOf(1_000_000_000L)),
                BigInteger.valueOf(epsilon.nanos())));
    }

    /**
     * The least epsilon, to 1e-9, whose noise is off by more than {@code offset} with probability at most
     * {@code alpha}. For noise without the discreteness this is sensitivity * ln(1/alpha) / offset.
     *
     * @param alpha failure probability, in (0, 1)
     * @param offset bound on the error in units of the query, at least 0
     * @throws InvalidInputException also if no epsilon up to 1e4 is enough
     */
    public static Epsilon epsilonFor(double alpha, double offset, long sensitivity) {
        checkProbability("alpha", alpha);
        if (Double.isNaN(offset)) throw new InvalidInputException("offset", Problem.NOT_A_NUMBER, "NaN");
        if (Double.isInfinite(offset)) throw new InvalidInputException("offset", Problem.INFINITE, "" + offset);
        if (offset < 0) throw new InvalidInputException("offset", Problem.NEGATIVE, "" + offset);
        if (offset > 1e15) throw new InvalidInputException("offset", Problem.OVERFLOW, "" + offset);
        checkSensitivity(sensitivity);
        long bound = (long) Math.floor(offset);
        long low = 0;
        long high = 10_000_000_000_000L;
        if (forBudget(new Epsilon(high), sensitivity).tail(bound) > alpha)
            throw new InvalidInputException("alpha", Problem.OUT_OF_RANGE, "needs an epsilon above 10000");
        while (high - low > 1) {
            long middle = low + (high - low) / 2;
            if (forBudget(new Epsilon(middle), sensitivity).tail(bound) <= alpha) high = middle;
            else low = middle;
        }
        return new Epsilon(high);
    }

    /** One draw. {@code random} must be a SecureRandom wherever the result protects someone. */
    public BigInteger sample(RandomGenerator random) {
        BigInteger s = scale.denominator();
        BigInteger t = scale.numerator();
        boolean small = t.bitLength() <= 42;
        while (true) {
            BigInteger u = ExactBernoulli.uniform(t, random);
            boolean keep = small
                    ? ExactBernoulli.belowOne(u.longValueExact(), t.longValueExact(), random)
                    : ExactBernoulli.exponential(u, t, random);
            if (!keep) continue;
            long v = 0;
            while (ExactBernoulli.belowOne(1, 1, random)) v++;
            BigInteger magnitude = u.add(t.multiply(BigInteger.valueOf(v))).divide(s);
            boolean negative = random.nextBoolean();
            if (negative && magnitude.signum() == 0) continue;
            return negative ? magnitude.negate() : magnitude;
        }
    }

    /** P(X = x), to double precision. */
    public double probability(long x) {
        double rate = 1 / scale.toDouble();
        return Math.tanh(rate / 2) * Math.exp(-rate * Math.abs((double) x));
    }

    /** P(|X| > bound), to double precision; 1 for a negative bound. */
    public double tail(long bound) {
        if (bound < 0) return 1;
        double rate = 1 / scale.toDouble();
        return 2 * Math.exp(-rate * ((double) bound + 1)) / (1 + Math.exp(-rate));
    }

    /**
     * Half the width of the confidence interval: the least h with P(|X| <= h) >= confidence. A noisy answer a covers
     * the true one by [a-h, a+h] with that probability.
     *
     * @param confidence in (0, 1), for example 0.95
     */
    public long halfWidth(double confidence) {
        checkProbability("confidence", confidence);
        double rate = 1 / scale.toDouble();
        double alpha = 1 - confidence;
        // Solve the tail formula for the bound, then step over the rounding of the logarithms.
        double solved = Math.log(2 / (alpha * (1 + Math.exp(-rate)))) / rate - 1;
        if (solved > 1e18) throw new InvalidInputException("confidence", Problem.OVERFLOW, "interval above 1e18");
        long h = Math.max(0, (long) Math.ceil(solved) - 1);
        while (tail(h) > alpha) h++;
        while (h > 0 && tail(h - 1) <= alpha) h--;
        return h;
    }

    /** The variance, to double precision. */
    public double variance() {
        double rate = 1 / scale.toDouble();
        double sinh = Math.sinh(rate / 2);
        return 1 / (2 * sinh * sinh);
    }

    private static void checkSensitivity(long sensitivity) {
        if (sensitivity == 0) throw new InvalidInputException("sensitivity", Problem.ZERO, "must be at least 1");
        if (sensitivity < 0) throw new InvalidInputException("sensitivity", Problem.NEGATIVE, "" + sensitivity);
    }

    private static void checkProbability(String field, double p) {
        if (Double.isNaN(p)) throw new InvalidInputException(field, Problem.NOT_A_NUMBER, "NaN");
        if (!(p > 0 && p < 1)) throw new InvalidInputException(field, Problem.OUT_OF_RANGE, p + " is not in (0, 1)");
    }
}
