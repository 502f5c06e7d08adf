package dev.croft.operator.decide;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;

/**
 * How the operator decides.
 *
 * @param n with {@link Policy#DPF_N}, how many claims unlock a block
 * @param timeout how long a claim waits that does not say so, ms
 * @param releasingDuration over what time a block unlocks that does not say so, ms
 * @param releasingPeriod how often blocks unlock with time, ms
 * @param keepLog how long a block remembers what an answered request did to it, ms
 * @param newcomer how long a claim is new, ms: as long, it is not refused for want of a block, because blocks that were made
 *     just before it may be seen just after it
 */
public record Settings(
        Policy policy,
        double n,
        long timeout,
        long releasingDuration,
        long releasingPeriod,
        long keepLog,
        long newcomer) {
    /** The reference's flags, with N = 100. */
    public static final Settings DEFAULT = new Settings(Policy.DPF_N, 100, 20_000, 30_000, 10_000, 60_000, 3_000);

    /** Who is served when. */
    public enum Policy {
        /** Dominant private-block fairness; each claim unlocks an N-th of its blocks. */
        DPF_N,
        /** The same; blocks unlock with time. */
        DPF_T,
        /** First come, first served; what does not fit is refused at once. */
        FCFS
    }

    public Settings {
        if (!(n >= 1 && n <= 1e9))
            throw new InvalidInputException("n", Problem.OUT_OF_RANGE, n + " is not in [1, 1e9]");
        if (timeout < 1) throw new InvalidInputException("timeout", Problem.OUT_OF_RANGE, timeout + " ms");
        if (releasingDuration < 1 || releasingPeriod < 1)
            throw new InvalidInputException("releasing", Problem.OUT_OF_RANGE, "below 1 ms");
        if (newcomer < 0) throw new InvalidInputException("newcomer", Problem.NEGATIVE, newcomer + " ms");
        if (keepLog < 0) throw new InvalidInputException("keepLog", Problem.NEGATIVE, keepLog + " ms");
    }

    public Settings withN(double parts) {
        return new Settings(policy, parts, timeout, releasingDuration, releasingPeriod, keepLog, newcomer);
    }

    public Settings withTimeout(long millis) {
        return new Settings(policy, n, millis, releasingDuration, releasingPeriod, keepLog, newcomer);
    }
}
