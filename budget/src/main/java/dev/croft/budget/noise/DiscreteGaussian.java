package dev.croft.budget.noise;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import java.math.BigInteger;
import java.util.random.RandomGenerator;

/**
 * The discrete Gaussian on the integers, P(x) proportional to exp(-x^2 / (2 variance)). Adding a sample to an integer
 * query of sensitivity d gives d^2/(2 variance)-zCDP. Sampled exactly by Algorithm 3 of Canonne, Kamath, Steinke 2020.
 * Immutable and thread-safe.
 *
 * @param variance the parameter sigma^2, in squared units of the query, at most 2^80
 */
public record DiscreteGaussian(Rational variance) {
    public DiscreteGaussian {
        if (variance.toDouble() > 0x1p80)
            throw new InvalidInputException("variance", Problem.OVERFLOW, "more than 2^80");
    }

    /** One draw. {@code random} must be a SecureRandom wherever the result protects someone. */
    public BigInteger sample(RandomGenerator random) {
        BigInteger n = variance.numerator();
        BigInteger d = variance.denominator();
        BigInteger t = n.divide(d).sqrt().add(BigInteger.ONE);
        var proposal = new DiscreteLaplace(new Rational(t, BigInteger.ONE));
        BigInteger below = n.multiply(d).multiply(t).multiply(t).shiftLeft(1);
        while (true) {
            BigInteger y = proposal.sample(random);
            // exp(-(|y| - variance/t)^2 / (2 variance)) with all fractions cleared.
            BigInteger root = y.abs().multiply(t).multiply(d).subtract(n);
            if (ExactBernoulli.exponential(root.multiply(root), below, random)) return y;
        }
    }

    /** P(X = x), to double precision; the normalizer is summed where a Gaussian still has weight. */
    public double probability(long x) {
        double s2 = variance.toDouble();
        if (s2 > 1e10) return Math.exp(-(double) x * x / (2 * s2)) / Math.sqrt(2 * Math.PI * s2);
        long reach = (long) Math.ceil(12 * Math.sqrt(s2)) + 2;
        double sum = 1;
        for (long k = 1; k <= reach; k++) sum += 2 * Math.exp(-(double) k * k / (2 * s2));
        return Math.exp(-(double) x * x / (2 * s2)) / sum;
    }
}
