package dev.croft.budget.accounting;

/** The sums of Mironov, Talwar, Zhang 2019, section 3.3, in logarithms. */
final class SampledGaussianSeries {
    private SampledGaussianSeries() {}

    static double divergence(double rate, double sigma, double alpha) {
        double logA = alpha == Math.rint(alpha) && alpha < 1e7
                ? whole(rate, sigma, (long) alpha)
                : fractional(rate, sigma, alpha);
        // Sampling never makes it worse, which also covers orders where the series would not converge in doubles.
        return Math.max(0, Math.min(logA / (alpha - 1), alpha / (2 * sigma * sigma)));
    }

    private static double whole(double q, double sigma, long alpha) {
        double logA = Double.NEGATIVE_INFINITY;
        double logBinomial = 0;
        for (long i = 0; i <= alpha; i++) {
            double term = logBinomial
                    + i * Math.log(q)
                    + (alpha - i) * Math.log1p(-q)
                    + ((double) i * i - i) / (2 * sigma * sigma);
            logA = Numbers.logAdd(logA, term);
            logBinomial += Math.log((double) (alpha - i) / (i + 1));
        }
        return logA;
    }

    private static double fractional(double q, double sigma, double alpha) {
        double z = sigma * sigma * Math.log(1 / q - 1) + 0.5;
        double root = Math.sqrt(2) * sigma;
        double left = Double.NEGATIVE_INFINITY;
        double right = Double.NEGATIVE_INFINITY;
        double logBinomial = 0;
        boolean positive = true;
        for (int i = 0; i < 1_000_000; i++) {
            double j = alpha - i;
            double s0 = logBinomial
                    + i * Math.log(q)
                    + j * Math.log1p(-q)
                    + ((double) i * i - i) / (2 * sigma * sigma)
                    + Numbers.logErfc((i - z) / root)
                    - Math.log(2);
            double s1 = logBinomial
                    + j * Math.log(q)
                    + i * Math.log1p(-q)
                    + (j * j - j) / (2 * sigma * sigma)
                    + Numbers.logErfc((z - j) / root)
                    - Math.log(2);
            left = positive ? Numbers.logAdd(left, s0) : Numbers.logSubtract(left, s0);
            right = positive ? Numbers.logAdd(right, s1) : Numbers.logSubtract(right, s1);
            if (j < 0 && Math.max(s0, s1) < -40) break;
            double factor = (alpha - i) / (i + 1);
            if (factor < 0) positive = !positive;
            logBinomial += Math.log(Math.abs(factor));
        }
        return Numbers.logAdd(left, right);
    }
}
