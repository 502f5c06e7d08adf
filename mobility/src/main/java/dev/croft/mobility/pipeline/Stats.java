package dev.croft.mobility.pipeline;

import java.util.Arrays;

/** Order statistics with linear interpolation between ranks; NaN of nothing. */
final class Stats {
    private Stats() {}

    static double median(double[] values) {
        return quantile(values, 0.5);
    }

    static double quantile(double[] values, double q) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return quantileOfSorted(sorted, q);
    }

    static double quantileOfSorted(double[] sorted, double q) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        double rank = q * (sorted.length - 1);
        int below = (int) rank;
        if (below == sorted.length - 1) {
            return sorted[below];
        }
        return sorted[below] + (sorted[below + 1] - sorted[below]) * (rank - below);
    }

    /** The upper fence of a box plot: third quartile plus {@code factor} times the interquartile range. */
    static double upperFence(double[] values, double factor) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double q1 = quantileOfSorted(sorted, 0.25);
        double q3 = quantileOfSorted(sorted, 0.75);
        return q3 + factor * (q3 - q1);
    }

    static double sum(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum;
    }
}
