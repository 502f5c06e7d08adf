package dev.croft.budget.claims;

/**
 * A block and its account, in steps of {@link Composition}: whole numbers. {@code total = locked + unlocked + allocated + consumed} in every coordinate; with Rényi curves
 * {@code unlocked} may be below zero at some orders and is shown as it is.
 */
public record BlockView(
        BlockSpec spec,
        State state,
        double[] total,
        double[] locked,
        double[] unlocked,
        double[] allocated,
        double[] consumed) {
    /** Where a block is in its life. */
    public enum State {
        /** Unlocks budget as its scheduler says. */
        OPEN,
        /** Unlocks nothing more; what is unlocked can still be claimed. */
        RETIRED,
        /** Out of every selection; its account stays. */
        DELETED
    }
}
