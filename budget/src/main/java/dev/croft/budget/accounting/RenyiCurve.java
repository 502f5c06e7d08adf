package dev.croft.budget.accounting;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * An upper bound on the Rényi divergence between neighbours at each of some orders (Mironov, "Rényi Differential
 * Privacy", CSF 2017). Curves over the same orders compose by addition. Immutable. Curves over different orders are
 * never combined: a claim cannot strip orders from a block.
 */
public final class RenyiCurve {
    private final Orders orders;
    private final double[] epsilons;

    private RenyiCurve(Orders orders, double[] epsilons) {
        this.orders = orders;
        this.epsilons = epsilons;
    }

    /** The curve with these values, one per order, each finite and not negative. */
    public static RenyiCurve of(Orders orders, double... epsilons) {
        if (epsilons.length != orders.size())
            throw new InvalidInputException(
                    "epsilons", Problem.MALFORMED, epsilons.length + " values for " + orders.size() + " orders");
        for (double epsilon : epsilons) Numbers.nonNegative("epsilons", epsilon);
        return new RenyiCurve(orders, epsilons.clone());
    }

    /** The curve of a function of the order. */
    public static RenyiCurve from(Orders orders, DoubleUnaryOperator divergence) {
        return of(orders, Arrays.stream(orders.toArray()).map(divergence).toArray());
    }

    public static RenyiCurve zero(Orders orders) {
        return new RenyiCurve(orders, new double[orders.size()]);
    }

    /**
     * The budget at each order that guarantees (epsilon, delta) in the end: max(0, epsilon + ln(delta)/(alpha-1)), the
     * conversion of Mironov 2017 (Proposition 3) turned around, as PrivateKube sizes its blocks.
     */
    public static RenyiCurve budget(Orders orders, ApproxDp guarantee) {
        double logDelta = Math.log(Numbers.probability("delta", guarantee.delta()));
        return from(orders, alpha -> Math.max(0, guarantee.epsilon() + logDelta / (alpha - 1)));
    }

    /** The same with the tighter conversion of {@link #toApproxDp}; never smaller than {@link #budget}. */
    public static RenyiCurve tightBudget(Orders orders, ApproxDp guarantee) {
        double logDelta = Math.log(Numbers.probability("delta", guarantee.delta()));
        return from(orders, alpha -> Math.max(0, guarantee.epsilon() - conversionCost(alpha, logDelta)));
    }

    public Orders orders() {
        return orders;
    }

    /** The value at the order with that index. */
    public double at(int index) {
        return epsilons[index];
    }

    public double[] toArray() {
        return epsilons.clone();
    }

    public RenyiCurve plus(RenyiCurve other) {
        sameOrders(other);
        double[] sum = epsilons.clone();
        for (int i = 0; i < sum.length; i++) sum[i] += other.epsilons[i];
        return of(orders, sum);
    }

    /** The curve of {@code times} runs of the same mechanism. */
    public RenyiCurve times(long times) {
        if (times < 0) throw new InvalidInputException("times", Problem.NEGATIVE, "" + times);
        return from(orders, alpha -> epsilons[orders.indexOf(alpha)] * times);
    }

    /** True if at some order this curve is at most {@code budget}: then the budget's guarantee holds. */
    public boolean fits(RenyiCurve budget) {
        sameOrders(budget);
        for (int i = 0; i < epsilons.length; i++) if (epsilons[i] <= budget.epsilons[i]) return true;
        return false;
    }

    /**
     * The least epsilon at this delta over all orders, by Proposition 12 of Canonne, Kamath, Steinke 2020 (also
     * Asoodeh et al. 2020): epsilon = rdp + ln((alpha-1)/alpha) - (ln delta + ln alpha)/(alpha-1), never below 0.
     */
    public ApproxDp toApproxDp(double delta) {
        double logDelta = Math.log(Numbers.probability("delta", delta));
        double best = Double.POSITIVE_INFINITY;
        for (int i = 0; i < epsilons.length; i++)
            best = Math.min(best, epsilons[i] + conversionCost(orders.get(i), logDelta));
        return new ApproxDp(Math.max(0, best), delta);
    }

    /** The same by Mironov 2017, Proposition 3: epsilon = rdp - ln(delta)/(alpha-1). */
    public ApproxDp toApproxDpLoose(double delta) {
        double logDelta = Math.log(Numbers.probability("delta", delta));
        double best = Double.POSITIVE_INFINITY;
        for (int i = 0; i < epsilons.length; i++) best = Math.min(best, epsilons[i] - logDelta / (orders.get(i) - 1));
        return new ApproxDp(Math.max(0, best), delta);
    }

    /** The least delta at this epsilon over all orders: {@link #toApproxDp} solved for delta, at most 1. */
    public double deltaAt(double epsilon) {
        Numbers.nonNegative("epsilon", epsilon);
        double best = 0;
        for (int i = 0; i < epsilons.length; i++) {
            double alpha = orders.get(i);
            best = Math.min(
                    best,
                    (alpha - 1) * (epsilons[i] - epsilon) + (alpha - 1) * Math.log1p(-1 / alpha) - Math.log(alpha));
        }
        return Math.exp(best);
    }

    private static double conversionCost(double alpha, double logDelta) {
        return Math.log1p(-1 / alpha) - (logDelta + Math.log(alpha)) / (alpha - 1);
    }

    private void sameOrders(RenyiCurve other) {
        if (!orders.equals(other.orders))
            throw new InvalidInputException("orders", Problem.MALFORMED, other.orders + " instead of " + orders);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RenyiCurve curve
                && orders.equals(curve.orders)
                && Arrays.equals(epsilons, curve.epsilons);
    }

    @Override
    public int hashCode() {
        return 31 * orders.hashCode() + Arrays.hashCode(epsilons);
    }

    @Override
    public String toString() {
        return "RenyiCurve" + Arrays.toString(epsilons);
    }
}
