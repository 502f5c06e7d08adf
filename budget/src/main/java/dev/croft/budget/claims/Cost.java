package dev.croft.budget.claims;

import dev.croft.budget.accounting.ApproxDp;
import dev.croft.budget.accounting.RenyiCurve;

/** An amount of budget, in the form its {@link Composition} counts. */
public sealed interface Cost {
    /** Epsilon and delta. */
    record Approximate(ApproxDp guarantee) implements Cost {}

    /** A value for each Rényi order. */
    record Curve(RenyiCurve curve) implements Cost {}

    static Cost of(double epsilon, double delta) {
        return new Approximate(new ApproxDp(epsilon, delta));
    }

    static Cost of(RenyiCurve curve) {
        return new Curve(curve);
    }
}
