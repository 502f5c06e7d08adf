package dev.croft.budget.scheduling;

/**
 * Decides claims as events come in. All events of one instant are handed over, then {@link #settle} is called once;
 * decisions reach the {@link Decisions} given at construction, each claim exactly once. Not thread-safe.
 */
public interface Scheduler {
    /** Where decisions go. Must not call back into the scheduler. */
    interface Decisions {
        void granted(Claim claim);

        void refused(Claim claim, Refused reason);
    }

    /** Why a claim was refused for good. */
    enum Refused {
        /** First come, first served: too little was left at arrival. */
        INSUFFICIENT,
        /** A demanded block will unlock nothing more and has too little left. */
        BLOCK_RETIRED,
        /** A round-robin block has handed out everything. */
        BLOCK_CLOSED,
        /** The claim gave up waiting. */
        TIMED_OUT
    }

    /** A block with this total; blocks are numbered 0, 1, 2, ... in order of their creation. */
    void blockCreated(double[] total, double now);

    /** A block reached the end of its life and unlocks nothing more. */
    void blockRetired(int block);

    void arrived(Claim claim, double now);

    /** The claim's patience ended; ignored if it is decided already. */
    void expired(Claim claim);

    /** The clock of time-based policies ticked. */
    void tick(double now);

    /** Every event of this instant has been handed over. */
    void settle();
}
