package dev.croft.budget.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.croft.budget.Epsilon;
import dev.croft.budget.InvalidInputException;
import java.math.BigInteger;
import java.util.function.Function;
import java.util.function.LongToDoubleFunction;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NoiseTest {
    private static RandomGenerator seeded(long seed) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1,3", "10,1", "7,3", "1000000007,1000000000", "40,1"})
    void discreteLaplaceSamplesFollowItsProbabilities(long numerator, long denominator) {
        var laplace = new DiscreteLaplace(Rational.of(numerator, denominator));
        assertFits(laplace::sample, laplace::probability, laplace.scale().toDouble() * 9);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1,4", "100,1", "7,3", "400,1"})
    void discreteGaussianSamplesFollowTheirProbabilities(long numerator, long denominator) {
        var gaussian = new DiscreteGaussian(Rational.of(numerator, denominator));
        assertFits(
                gaussian::sample,
                gaussian::probability,
                Math.sqrt(gaussian.variance().toDouble()) * 5);
    }

    @Test
    void theLongAndTheBigIntegerPathsDrawFromTheSameDistribution() {
        // The same scale to 2^-60, once with small and once with huge parts.
        BigInteger huge = BigInteger.ONE.shiftLeft(90);
        var slow = new DiscreteLaplace(
                new Rational(huge.multiply(BigInteger.valueOf(3)).add(BigInteger.ONE), huge));
        assertThat(slow.scale().numerator().bitLength()).isGreaterThan(80);
        assertFits(slow::sample, new DiscreteLaplace(Rational.of(3, 1))::probability, 27);
    }

    /** Pearson's chi-squared over the bulk, with everything beyond in one cell; the seed is fixed, the bound wide. */
    private static void assertFits(
            Function<RandomGenerator, BigInteger> sampler, LongToDoubleFunction probability, double reach) {
        int samples = 60_000;
        int limit = (int) Math.ceil(reach) + 1;
        var observed = new long[2 * limit + 2];
        RandomGenerator random = seeded(20200401);
        for (int i = 0; i < samples; i++) {
            BigInteger x = sampler.apply(random);
            boolean inside = x.abs().compareTo(BigInteger.valueOf(limit)) <= 0;
            observed[inside ? x.intValueExact() + limit : observed.length - 1]++;
        }
        double chi = 0;
        int cells = 0;
        double restExpected = samples;
        long restObserved = samples;
        for (int x = -limit; x <= limit; x++) {
            double expected = samples * probability.applyAsDouble(x);
            if (expected < 10) continue;
            double off = observed[x + limit] - expected;
            chi += off * off / expected;
            cells++;
            restExpected -= expected;
            restObserved -= observed[x + limit];
        }
        assertThat(restExpected).isGreaterThan(-1e-6 * samples);
        chi += (restObserved - restExpected) * (restObserved - restExpected) / Math.max(restExpected, 1);
        assertThat(chi).isLessThan(cells + 4.5 * Math.sqrt(2.0 * cells) + 6);
    }

    @Test
    void knownProbabilitiesAreMet() {
        // P(0) = tanh(1/2), P(1) = P(0)/e; values computed with fifty digits.
        var unit = new DiscreteLaplace(Rational.of(1, 1));
        assertThat(unit.probability(0)).isCloseTo(0.46211715726000976, within(1e-15));
        assertThat(unit.probability(-1)).isCloseTo(0.17000340156854793, within(1e-15));
        assertThat(unit.variance()).isCloseTo(1.8413471884155845, within(1e-12));
        // 1 / theta_3(e^(-1/2)) and its first neighbour.
        var gaussian = new DiscreteGaussian(Rational.of(1, 1));
        assertThat(gaussian.probability(0)).isCloseTo(0.3989422782668618, within(1e-12));
        assertThat(gaussian.probability(1)).isCloseTo(0.2419707232244606, within(1e-12));
    }

    @Test
    void theNoiseOfABudgetHasScaleSensitivityOverEpsilon() {
        var noise = DiscreteLaplace.forBudget(Epsilon.parse("0.1"), 3);
        assertThat(noise.scale()).isEqualTo(Rational.of(30, 1));
        assertThat(noise.probability(0) / noise.probability(3)).isCloseTo(Math.exp(0.1), within(1e-12));
    }

    @Test
    void theHalfWidthIsTheSmallestThatCovers() {
        for (double confidence : new double[] {0.5, 0.9, 0.95, 0.99, 0.999999})
            for (long scale : new long[] {1, 3, 10, 1000}) {
                var noise = new DiscreteLaplace(Rational.of(scale, 2));
                long h = noise.halfWidth(confidence);
                double inside = 0;
                for (long x = -h; x <= h; x++) inside += noise.probability(x);
                assertThat(inside).isGreaterThanOrEqualTo(confidence - 1e-12);
                if (h > 0)
                    assertThat(inside - noise.probability(h) - noise.probability(-h))
                            .isLessThan(confidence);
            }
    }

    @Test
    void epsilonFromAccuracyIsTheLeastThatKeepsTheOffset() {
        for (double alpha : new double[] {0.5, 0.05, 1e-6})
            for (double offset : new double[] {0, 1, 2.5, 5, 100}) {
                Epsilon epsilon = DiscreteLaplace.epsilonFor(alpha, offset, 1);
                long bound = (long) offset;
                assertThat(DiscreteLaplace.forBudget(epsilon, 1).tail(bound)).isLessThanOrEqualTo(alpha);
                assertThat(DiscreteLaplace.forBudget(epsilon.minus(Epsilon.STEP), 1)
                                .tail(bound))
                        .isGreaterThan(alpha);
            }
        // Close to the continuous formula ln(1/alpha)/offset when the offset is many steps.
        assertThat(DiscreteLaplace.epsilonFor(0.05, 1_000_000, 1).toDouble())
                .isCloseTo(Math.log(20) / 1_000_000, within(1e-9 * 4));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 5, 1, alpha: OUT_OF_RANGE",
        "1, 5, 1, alpha: OUT_OF_RANGE",
        "NaN, 5, 1, alpha: NOT_A_NUMBER",
        "-0.1, 5, 1, alpha: OUT_OF_RANGE",
        "0.05, -1, 1, offset: NEGATIVE",
        "0.05, NaN, 1, offset: NOT_A_NUMBER",
        "0.05, Infinity, 1, offset: INFINITE",
        "0.05, 1e300, 1, offset: OVERFLOW",
        "0.05, 5, 0, sensitivity: ZERO",
        "0.05, 5, -3, sensitivity: NEGATIVE",
        "1e-300, 0, 1000000000000, alpha: OUT_OF_RANGE"
    })
    void accuracyWithoutMeaningIsRefusedByName(double alpha, double offset, long sensitivity, String message) {
        assertThatThrownBy(() -> DiscreteLaplace.epsilonFor(alpha, offset, sensitivity))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void aScaleIsReadExactlyFromADouble() {
        assertThat(Rational.of(0.1).numerator()).isEqualTo(BigInteger.valueOf(3602879701896397L));
        assertThat(Rational.of(6.0)).isEqualTo(Rational.of(6, 1));
        assertThatThrownBy(() -> Rational.of(Double.NaN)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> Rational.of(-1, 2)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> Rational.of(1, 0)).isInstanceOf(InvalidInputException.class);
    }
}
