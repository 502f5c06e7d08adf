package dev.croft.budget.scheduling;

/**
 * How a {@link Dpf} keeps its waiting claims and finds those that can be granted. {@link IndexedQueue} is the one in use;
 * tests race it against one that sorts everything again each time, which has to decide the same.
 */
public interface WaitingQueue {
    /** What the queue was told when it was made. */
    record Context(Dpf.Order order, Dpf.Retirement retirement, BlockAccount.Rule rule, Scheduler.Decisions decisions) {}

    /** A claim to be tried at the end of this instant, and kept if it must wait. */
    void add(Claim claim, BlockAccount[] blocks);

    /** Takes a claim that gave up out again; false if it was decided before. */
    boolean remove(Claim claim);

    /** More of the block is available than at the end of the last instant. */
    void unlocked(BlockAccount block);

    /** The block will unlock nothing more. */
    void retired(BlockAccount block);

    /** Decides what can be decided now. */
    void settle();

    /** How many claims wait. */
    int size();
}
