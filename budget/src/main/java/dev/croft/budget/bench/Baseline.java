package dev.croft.budget.bench;

import dev.croft.budget.scheduling.WaitingQueue;

/**
 * A queue to race {@link BudgetBench} against, found by {@link java.util.ServiceLoader}. The plain one that sorts
 * everything again each time is in the test tree and takes part when the tests are on the class path.
 */
public interface Baseline {
    /** What it is, for the table. */
    String name();

    WaitingQueue open(WaitingQueue.Context context);
}
