package dev.croft.budget.claims;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import java.time.Duration;

/**
 * An all-or-nothing demand.
 *
 * @param id chosen by the caller, unique for ever; the same request may be sent again under it
 * @param blocks which blocks
 * @param demand what is asked of each of them
 * @param weight priority: a claim of weight 2 is served as if it asked for half; 1 ordinarily
 * @param patience how long it may wait
 * @param lease how long it may hold what it was allocated; then the rest is given back
 */
public record ClaimRequest(String id, Selector blocks, Cost demand, double weight, Duration patience, Duration lease) {
    public ClaimRequest {
        BlockSpec.checkName("claim.id", id);
        if (!(weight > 0 && weight <= 1e6))
            throw new InvalidInputException("claim.weight", Problem.OUT_OF_RANGE, weight + " is not in (0, 1e6]");
        if (patience.isNegative()) throw new InvalidInputException("claim.patience", Problem.NEGATIVE, "" + patience);
        if (lease.isNegative() || lease.isZero())
            throw new InvalidInputException("claim.lease", Problem.OUT_OF_RANGE, "" + lease);
    }
}
