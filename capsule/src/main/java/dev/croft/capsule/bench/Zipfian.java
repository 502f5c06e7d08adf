package dev.croft.capsule.bench;

import java.util.SplittableRandom;

/** Numbers below a bound, the small ones drawn more often, by Gray et al. (SIGMOD 1994), as YCSB does with theta 0.99. */
final class Zipfian {
    private static final double THETA = 0.99;

    private final int bound;
    private final double zeta;
    private final double eta;

    Zipfian(int bound) {
        this.bound = bound;
        double sum = 0;
        for (int i = 1; i <= bound; i++) {
            sum += 1 / Math.pow(i, THETA);
        }
        this.zeta = sum;
        this.eta = (1 - Math.pow(2.0 / bound, 1 - THETA)) / (1 - (1 + Math.pow(0.5, THETA)) / zeta);
    }

    int next(SplittableRandom random) {
        double u = random.nextDouble();
        double scaled = u * zeta;
        if (scaled < 1) {
            return 0;
        }
        if (scaled < 1 + Math.pow(0.5, THETA)) {
            return 1;
        }
        return Math.min(bound - 1, (int) (bound * Math.pow(eta * u - eta + 1, 1 / (1 - THETA))));
    }
}
