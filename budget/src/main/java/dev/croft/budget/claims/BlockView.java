package dev.croft.budget.claims;

/**
 * A block's account, in steps of {@link Composition}: whole numbers. {@code total = locked + unlocked + allocated + consumed} in every coordinate; with Rényi curves
 * {@code unlocked} may be below zero at some orders and is shown as it is.
 */
public record BlockView(
        BlockSpec spec, double[] total, double[] locked, double[] unlocked, double[] allocated, double[] consumed) {}
