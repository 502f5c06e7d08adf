package dev.croft.budget.accounting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.accounting.Mechanism.Gaussian;
import dev.croft.budget.accounting.Mechanism.Laplace;
import dev.croft.budget.accounting.Mechanism.Pure;
import dev.croft.budget.accounting.Mechanism.RandomizedResponse;
import dev.croft.budget.accounting.Mechanism.SampledGaussian;
import dev.croft.budget.accounting.Mechanism.SparseVector;
import dev.croft.budget.testing.Property;
import java.util.Collections;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccountingTest {
    @ParameterizedTest
    @CsvSource({"1.5, 6.5007e-4", "2.5, 1.0854e-3", "5, 2.1808e-3", "50, 2.3846e-2", "100, 1.6742e2"})
    void fiftyStepsOfDpSgdCostWhatTensorflowPrivacyPublishes(double alpha, double published) {
        // compute_rdp(q=0.01, noise_multiplier=2.5, steps=50) in its test suite.
        assertThat(50 * new SampledGaussian(0.01, 2.5).divergence(alpha)).isCloseTo(published, withinPercentage(0.01));
    }

    /** The values in the tests of Google's accounting library (dp_accounting, rdp_privacy_accountant_test.py). */
    @Test
    void googlesAccountantPublishesTheSame() {
        var steps = new SampledGaussian(0.01, 2.5);
        double[] published = {1.08548710e-3, 2.18075656e-3, 2.38460375e-2, 1.67416308e2};
        double[] alphas = {2.5, 5, 50, 100};
        for (int i = 0; i < alphas.length; i++)
            assertThat(50 * steps.divergence(alphas[i])).isCloseTo(published[i], withinPercentage(0.01));
        // Its later versions bound this order from above; the integral is 6.5007e-4, as ours.
        assertThat(50 * steps.divergence(1.5)).isBetween(6.70579741e-4 * 0.96, 6.70579741e-4);

        Orders orders = Orders.of(IntStream.rangeClosed(2, 32).asDoubleStream().toArray());
        RenyiCurve pure = RenyiCurve.from(orders, _ -> 1.1);
        assertThat(pure.toApproxDp(1e-5).epsilon()).isCloseTo(1.32783806176, within(1e-10));
        assertThat(pure.deltaAt(1.32783806176)).isCloseTo(1e-5, withinPercentage(1e-6));
        // The noise with which a Gaussian is exactly (1, 1e-6)-DP by Rényi orders.
        assertThat(ZCdp.ofGaussian(4.530877117).toApproxDp(1e-6).epsilon()).isCloseTo(1, within(1e-6));
    }

    @ParameterizedTest
    @CsvSource({"0.01,1,2", "0.01,1,7.3", "0.2,0.7,1.25", "0.2,3,32", "0.5,2,4.5", "0.9,1.5,3"})
    void theSampledGaussianMatchesNumericalIntegration(double q, double sigma, double alpha) {
        DoubleUnaryOperator center = x -> Math.exp(-x * x / (2 * sigma * sigma)) / (sigma * Math.sqrt(2 * Math.PI));
        double moment = integrate(
                x -> center.applyAsDouble(x) * Math.pow(1 - q + q * Math.exp((2 * x - 1) / (2 * sigma * sigma)), alpha),
                -14 * sigma,
                14 * sigma + alpha);
        assertThat(new SampledGaussian(q, sigma).divergence(alpha))
                .isCloseTo(Math.log(moment) / (alpha - 1), withinPercentage(1e-5));
    }

    @ParameterizedTest
    @CsvSource({"1,1.5", "0.3,2", "5,16", "20,64"})
    void laplaceMatchesNumericalIntegration(double scale, double alpha) {
        double moment = 0;
        double[] pieces = {-60 * scale, 0, 1, 1 + 60 * scale};
        for (int i = 0; i < 3; i++)
            moment += integrate(
                    x -> Math.exp(-(alpha * Math.abs(x) + (1 - alpha) * Math.abs(x - 1)) / scale) / (2 * scale),
                    pieces[i],
                    pieces[i + 1]);
        assertThat(new Laplace(scale).divergence(alpha))
                .isCloseTo(Math.log(moment) / (alpha - 1), withinPercentage(1e-4));
    }

    @ParameterizedTest
    @CsvSource({"1,1,2", "2.5,3,1.5", "10,7,16", "0.4,2,3"})
    void discreteLaplaceMatchesItsSum(double scale, long sensitivity, double alpha) {
        double sum = 0;
        double total = 0;
        for (int x = -2000; x <= 2000; x++) {
            sum += Math.exp(-(alpha * Math.abs(x) + (1 - alpha) * Math.abs(x - sensitivity)) / scale);
            total += Math.exp(-Math.abs(x) / scale);
        }
        assertThat(new Mechanism.DiscreteLaplace(scale, sensitivity).divergence(alpha))
                .isCloseTo(Math.log(sum / total) / (alpha - 1), withinPercentage(1e-8));
    }

    @Test
    void pureMechanismsApproachTheirEpsilonAndNeverPassIt() {
        List<Mechanism> mechanisms = List.of(
                new Laplace(2), new Mechanism.DiscreteLaplace(6, 3), new Pure(0.5), new SparseVector(4, 8, 1, false));
        for (Mechanism mechanism : mechanisms)
            for (double alpha : Orders.SIMULATOR.toArray())
                assertThat(mechanism.divergence(alpha)).isLessThanOrEqualTo(new Pure(0.5).divergence(alpha) + 1e-9);
        assertThat(new Laplace(2).divergence(1e6)).isCloseTo(0.5, within(1e-5));
        var response = new RandomizedResponse(0.75, 2);
        assertThat(response.epsilon()).isCloseTo(Math.log(3), within(1e-12));
        assertThat(response.divergence(2)).isCloseTo(new Pure(Math.log(3)).divergence(2), within(1e-12));
        assertThat(new RandomizedResponse(0.4, 4).divergence(3))
                .isCloseTo(Math.log(0.064 / 0.04 + 0.008 / 0.16 + 0.4) / 2, within(1e-12));
    }

    @Test
    void conversionsAreOrderedByTightness() {
        // Gaussian with sigma 4 in the middle: the exact value of the analytic formula is below all of them.
        var curve = new Gaussian(4).curve(Orders.of(2, 4, 8, 16, 20, 21, 22, 24, 32, 64));
        double loose = curve.toApproxDpLoose(1e-5).epsilon();
        double tight = curve.toApproxDp(1e-5).epsilon();
        double best = ZCdp.ofGaussian(4).toApproxDp(1e-5).epsilon();
        assertThat(best).isLessThanOrEqualTo(tight);
        assertThat(tight).isLessThan(loose);
        assertThat(ZCdp.ofGaussian(4).toApproxDpLoose(1e-5).epsilon()).isBetween(tight, loose * 1.001);
        assertThat(gaussianDelta(4, best)).isLessThan(1e-5);
        assertThat(curve.deltaAt(tight)).isCloseTo(1e-5, withinPercentage(1e-6));
    }

    /** Balle and Wang 2018, Theorem 8, for sensitivity 1. */
    private static double gaussianDelta(double sigma, double epsilon) {
        double a = 1 / (2 * sigma) - epsilon * sigma;
        double b = -1 / (2 * sigma) - epsilon * sigma;
        return normal(a) - Math.exp(epsilon) * normal(b);
    }

    private static double normal(double x) {
        return Math.exp(Numbers.logErfc(-x / Math.sqrt(2))) / 2;
    }

    @Test
    void theErrorFunctionIsRightAcrossItsBranches() {
        assertThat(Math.exp(Numbers.logErfc(0.5))).isCloseTo(0.4795001221869535, within(1e-14));
        assertThat(Math.exp(Numbers.logErfc(-1))).isCloseTo(1.8427007929497148, within(1e-14));
        assertThat(Math.exp(Numbers.logErfc(3))).isCloseTo(2.209049699858544e-5, withinPercentage(1e-9));
        assertThat(Numbers.logErfc(30)).isCloseTo(-900 - Math.log(30 * Math.sqrt(Math.PI)) - 0.00055, within(1e-5));
    }

    @Test
    void optimalCompositionBeatsAdvancedAndBasic() {
        var part = ApproxDp.pure(0.1);
        double optimal = part.optimal(100, 1e-6).epsilon();
        assertThat(optimal).isLessThan(part.advanced(100, 1e-6).epsilon()).isLessThan(10);
        assertThat(ApproxDp.compose(Collections.nCopies(100, part), 1e-6).epsilon())
                .isGreaterThanOrEqualTo(optimal);
        // Two runs with delta 0 and a delta target too small to help: basic composition is optimal.
        assertThat(part.optimal(2, 1e-9).epsilon()).isCloseTo(0.2, within(1e-12));
        // DRV by hand: 0.1 sqrt(200 ln 1e6) + 10 (e^0.1 - 1).
        assertThat(part.advanced(100, 1e-6).epsilon()).isCloseTo(6.308232, within(1e-5));
        assertThatThrownBy(() -> new ApproxDp(0.1, 1e-3).optimal(10, 1e-3)).hasMessageStartingWith("targetDelta");
    }

    @Test
    void theBudgetOfABlockIsThatOfPrivateKube() {
        var budget = RenyiCurve.budget(Orders.PRIVATE_KUBE, new ApproxDp(5, 1e-4));
        assertThat(budget.at(4)).isCloseTo(0.39483, within(1e-5));
        assertThat(budget.at(12)).isCloseTo(4.99999, within(1e-5));
        assertThat(RenyiCurve.tightBudget(Orders.PRIVATE_KUBE, new ApproxDp(5, 1e-4))
                        .at(4))
                .isGreaterThan(budget.at(4));
    }

    @Test
    void aFilterNeverLetsTheGuaranteeBreak() {
        var orders = Orders.PRIVATE_KUBE;
        var guarantee = new ApproxDp(2, 1e-6);
        Property.forAll(
                11,
                200,
                choices -> IntStream.range(0, choices.between(1, 60))
                        .<Mechanism>mapToObj(i -> choices.chance(50)
                                ? new Gaussian(1 + 30 * choices.unit())
                                : new Laplace(1 + 60 * choices.unit()))
                        .toList(),
                mechanisms -> {
                    var filter = PrivacyFilter.of(RenyiCurve.budget(orders, guarantee));
                    for (Mechanism mechanism : mechanisms) filter.spend(mechanism.curve(orders));
                    assertThat(filter.spent().toApproxDpLoose(1e-6).epsilon()).isLessThanOrEqualTo(2 + 1e-9);
                });
        var pure = PrivacyFilter.of(new ApproxDp(1, 0));
        assertThat(pure.spend(new ApproxDp(0.75, 0))).isTrue();
        assertThat(pure.spend(new ApproxDp(0.5, 0))).isFalse();
        assertThat(pure.spend(new ApproxDp(0.25, 0))).isTrue();
        var zcdp = PrivacyFilter.of(new ZCdp(1));
        assertThat(zcdp.spend(new ZCdp(1)) && !zcdp.spend(new ZCdp(1e-9))).isTrue();
    }

    @Test
    void anOdometerReadsMoreThanAFilterWouldAndGrows() {
        var step = new Gaussian(20).curve(Orders.PRIVATE_KUBE);
        var odometer = new RenyiOdometer(step, 1e-6);
        double last = 0;
        for (int i = 0; i < 50; i++) {
            odometer.spend(step);
            double now = odometer.read().epsilon();
            assertThat(now).isGreaterThanOrEqualTo(last);
            last = now;
        }
        assertThat(last).isGreaterThan(step.times(50).toApproxDpLoose(1e-6).epsilon());
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, -0.5})
    void numbersWithoutMeaningAreRefusedEverywhere(double bad) {
        List<Runnable> uses = List.of(
                () -> new ApproxDp(bad, 0),
                () -> new ApproxDp(0, bad),
                () -> new ZCdp(bad),
                () -> new Gaussian(bad),
                () -> new Laplace(bad),
                () -> new SampledGaussian(bad, 1),
                () -> Orders.of(bad),
                () -> RenyiCurve.of(Orders.of(2), bad));
        for (Runnable use : uses) assertThatThrownBy(use::run).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void ordersAreDeclaredOnceAndCurvesOverOthersAreNotMixed() {
        assertThatThrownBy(() -> Orders.of(2, 2)).hasMessageStartingWith("orders: DUPLICATE");
        assertThatThrownBy(() -> Orders.of(3, 2)).hasMessageStartingWith("orders: MALFORMED");
        assertThatThrownBy(() -> Orders.of(1)).hasMessageStartingWith("orders: OUT_OF_RANGE");
        assertThatThrownBy(() -> Orders.of(new double[1000])).hasMessageStartingWith("orders: TOO_MANY");
        var two = RenyiCurve.zero(Orders.of(2));
        assertThatThrownBy(() -> RenyiCurve.zero(Orders.of(2, 3)).plus(two)).hasMessageStartingWith("orders");
    }

    private static double integrate(DoubleUnaryOperator f, double from, double to) {
        int steps = 200_000;
        double h = (to - from) / steps;
        double sum = f.applyAsDouble(from) + f.applyAsDouble(to);
        for (int i = 1; i < steps; i++) sum += f.applyAsDouble(from + i * h) * (i % 2 == 0 ? 2 : 4);
        return sum * h / 3;
    }
}
