package dev.croft.budget.claims;

/** Vectors of whole steps. */
final class Steps {
    private Steps() {}

    static void add(double[] to, double[] amounts, int sign) {
        for (int i = 0; i < to.length; i++) to[i] += sign * amounts[i];
    }

    /** At an order beyond the total nothing ever fits; bounding such demands keeps all sums exact. */
    static double[] bounded(double[] demand, double[] total) {
        double[] bounded = mostCounted(total);
        for (int i = 0; i < bounded.length; i++) bounded[i] = Math.min(bounded[i], demand[i]);
        return bounded;
    }

    static double[] mostCounted(double[] total) {
        var most = new double[total.length];
        for (int i = 0; i < most.length; i++) most[i] = 2 * total[i] + 1;
        return most;
    }
}
