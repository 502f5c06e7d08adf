package dev.croft.budget.scheduling;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;

/**
 * How much fairness between analysts counts beside efficiency, after DPBalance (Liu, Wang, Zhu, Chen, INFOCOM 2024), whose utility is the
 * one of Joe-Wong, Sen, Lan, Chiang (ToN 2013): {@code sgn(1-beta) log|f_beta(y)| + lambda log(efficiency)} over the analysts' dominant
 * shares {@code y}. What a claim adds to it is in proportion to {@code p (y/mean)^-beta + (lambda - p) (e/mean)}, with
 * {@code p = |1-beta|/beta}, the claim's efficiency {@code e} as DPack has it, and {@code y} the largest share of a block that the
 * analyst would hold with the claim. Claims are granted by that.
 *
 * <p>With {@code lambda = p} an analyst whose claims together ask at most their part of what is unlocked on each block gets them all,
 * whatever others ask in the same batch; with {@code lambda} infinite this is DPack.
 *
 * @param beta how strongly a small share is preferred to a large one; above 0 and not 1
 * @param lambda weight of efficiency, at least {@code |1-beta|/beta}: below, giving more would not always be better
 */
public record Balance(double beta, double lambda) {
    /** Half by half. */
    public static final Balance STANDARD = new Balance(2, 1);

    public Balance {
        if (!(beta > 0 && beta <= 100 && beta != 1))
            throw new InvalidInputException(
                    "beta", Problem.OUT_OF_RANGE, beta + " is not above 0, or is 1 or above 100");
        if (!(lambda >= Math.abs(1 - beta) / beta))
            throw new InvalidInputException("lambda", Problem.OUT_OF_RANGE, lambda + " is below |1-beta|/beta");
    }

    /** Nothing but fairness between analysts. */
    public static Balance fair(double beta) {
        return new Balance(beta, Math.abs(1 - beta) / beta);
    }

    /** How much of a claim's score is efficiency, in [0, 1]. */
    double efficiency() {
        return lambda == Double.POSITIVE_INFINITY ? 1 : 1 - Math.abs(1 - beta) / beta / lambda;
    }
}
