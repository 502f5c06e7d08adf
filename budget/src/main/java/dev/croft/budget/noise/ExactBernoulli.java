package dev.croft.budget.noise;

import java.math.BigInteger;
import java.util.random.RandomGenerator;

/**
 * Coins with exactly rational and exactly exponential probabilities: Algorithm 1 of Canonne, Kamath, Steinke 2020. The
 * {@code long} forms are the fast path; the BigInteger forms take any size and draw the same way.
 */
final class ExactBernoulli {
    private static final BigInteger LONG_LIMIT = BigInteger.ONE.shiftLeft(62);

    private ExactBernoulli() {}

    /** Uniform on [0, bound), by rejection. */
    static BigInteger uniform(BigInteger bound, RandomGenerator random) {
        if (bound.compareTo(LONG_LIMIT) < 0) return BigInteger.valueOf(random.nextLong(bound.longValueExact()));
        int bits = bound.bitLength();
        while (true) {
            var bytes = new byte[(bits + 7) / 8];
            random.nextBytes(bytes);
            var candidate = new BigInteger(1, bytes).shiftRight(bytes.length * 8 - bits);
            if (candidate.compareTo(bound) < 0) return candidate;
        }
    }

    /** True with probability exp(-numerator/denominator); any non-negative fraction. */
    static boolean exponential(BigInteger numerator, BigInteger denominator, RandomGenerator random) {
        BigInteger[] parts = numerator.divideAndRemainder(denominator);
        // exp(-whole) one factor at a time: a long run of successes is as unlikely as it should be.
        for (BigInteger left = parts[0]; left.signum() > 0; left = left.subtract(BigInteger.ONE))
            if (!belowOne(1, 1, random)) return false;
        // Room for the multiplication by k below; k never gets near 2^20.
        if (denominator.bitLength() <= 42)
            return belowOne(parts[1].longValueExact(), denominator.longValueExact(), random);
        long k = 1;
        while (uniform(denominator.multiply(BigInteger.valueOf(k)), random).compareTo(parts[1]) < 0) k++;
        return (k & 1) == 1;
    }

    /** True with probability exp(-numerator/denominator) for a fraction in [0, 1] with a denominator below 2^42. */
    static boolean belowOne(long numerator, long denominator, RandomGenerator random) {
        long k = 1;
        while (random.nextLong(Math.multiplyExact(denominator, k)) < numerator) k++;
        return (k & 1) == 1;
    }
}
