package dev.croft.budget.scheduling;

import java.util.Arrays;

/** Max-min fair division of one amount, rounding as PrivateKube's simulator does. */
final class MaxMin {
    private MaxMin() {}

    /**
     * Divides {@code capacity}; nobody gets more than their demand, and nobody's share can grow without that of
     * someone with less shrinking.
     *
     * @param shares receives the result
     * @return the sum of the shares, added up in the order in which they were settled
     */
    static double share(double[] demands, double capacity, double[] shares) {
        int[] open = new int[demands.length];
        for (int i = 0; i < open.length; i++) open[i] = i;
        double handedOut = 0;
        while (true) {
            double wanted = 0;
            double least = Double.POSITIVE_INFINITY;
            for (int i : open) {
                wanted += demands[i];
                least = Math.min(least, demands[i]);
            }
            if (open.length == 0 || wanted <= capacity) {
                for (int i : open) {
                    shares[i] = demands[i];
                    handedOut += demands[i];
                }
                return handedOut;
            }
            double equal = capacity / open.length;
            if (least > equal) {
                for (int i : open) {
                    shares[i] = equal;
                    handedOut += equal;
                }
                return handedOut;
            }
            int kept = 0;
            double settled = 0;
            var rest = new int[open.length];
            for (int i : open) {
                if (demands[i] <= equal) {
                    shares[i] = demands[i];
                    handedOut += demands[i];
                    settled += demands[i];
                } else rest[kept++] = i;
            }
            capacity -= settled;
            open = Arrays.copyOf(rest, kept);
        }
    }
}
