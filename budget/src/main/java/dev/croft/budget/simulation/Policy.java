package dev.croft.budget.simulation;

/** The scheduling policies by the names of PrivateKube's simulator, and those that came after. */
public enum Policy {
    /** First come, first served. */
    FCFS,
    /** Dominant private-block fairness, unlocking with each of the first N claims. */
    DPF_N,
    /** Dominant private-block fairness, unlocking over the lifetime T. */
    DPF_T,
    /** Round-robin, unlocking with each of the first N claims. */
    RR_N,
    /** Round-robin, unlocking over the lifetime T. */
    RR_T,
    /** Efficiency first: the most claims, by knapsack relevance. */
    DPACK,
    /** DPack's efficiency weighed against fairness between analysts, after DPBalance. */
    DPBALANCE;

    /** Whether it decides in batches. */
    boolean isInBatches() {
        return this == DPACK || this == DPBALANCE;
    }
}
