package dev.croft.budget.accounting;

/**
 * Reads off, at any time, an epsilon that holds for an adaptively chosen sequence with no budget fixed in advance: the
 * odometer of Lécuyer 2021 ("Practical Privacy Filters and Odometers with Rényi Differential Privacy"). At each order
 * it counts filters of one size; the f-th of the orders' n filters may fail with delta / (2 n f^2), which sums to less
 * than delta. Not thread-safe.
 */
public final class RenyiOdometer {
    private final RenyiCurve filterSize;
    private final double delta;
    private RenyiCurve spent;

    /**
     * @param filterSize granularity at each order, above zero; about the cost of one typical mechanism
     * @param delta for the whole reading, in (0, 1)
     */
    public RenyiOdometer(RenyiCurve filterSize, double delta) {
        for (double size : filterSize.toArray()) Numbers.positive("filterSize", size);
        this.filterSize = filterSize;
        this.delta = Numbers.probability("delta", delta);
        this.spent = RenyiCurve.zero(filterSize.orders());
    }

    public void spend(RenyiCurve cost) {
        spent = spent.plus(cost);
    }

    /** What everything spent so far guarantees, whatever made the caller stop and look. */
    public ApproxDp read() {
        Orders orders = spent.orders();
        double best = Double.POSITIVE_INFINITY;
        for (int i = 0; i < orders.size(); i++) {
            double filters = Math.max(1, Math.ceil(spent.at(i) / filterSize.at(i)));
            double slack = Math.log(2 * orders.size() * filters * filters / delta);
            best = Math.min(best, filters * filterSize.at(i) + slack / (orders.get(i) - 1));
        }
        return new ApproxDp(best, delta);
    }
}
