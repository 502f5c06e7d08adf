package dev.croft.budget.claims;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.accounting.ApproxDp;
import dev.croft.budget.accounting.Orders;
import dev.croft.budget.accounting.RenyiCurve;
import dev.croft.budget.scheduling.BlockAccount;
import java.util.Arrays;

/**
 * How costs on a block add up. Amounts are counted in whole steps, demands rounded up and totals down, so that adding
 * and subtracting them is exact in doubles and no block can be overspent by rounding. A double within a few units in
 * its last place of a whole number of steps is taken for that number: 0.2 means 0.2.
 */
public sealed interface Composition {
    /** The largest epsilon an amount may have. */
    double MAX_EPSILON = 1e6;

    /** Steps in an epsilon of 1. */
    double EPSILON_STEPS = 1e9;

    /** Steps in a delta of 1. */
    double DELTA_STEPS = 1e15;

    /** Both epsilon and delta must fit, and add up (basic composition). */
    record EpsilonDelta() implements Composition {}

    /** Curves over these orders; one order must fit. */
    record Renyi(Orders orders) implements Composition {}

    /** The one that counts amounts of this form. */
    static Composition of(Cost cost) {
        return switch (cost) {
            case Cost.Approximate _ -> new EpsilonDelta();
            case Cost.Curve(RenyiCurve curve) -> new Renyi(curve.orders());
        };
    }

    /** What is asked of a block, in steps, rounded up. */
    default double[] demand(Cost cost) {
        return vector("demand", cost, true);
    }

    /** What a block holds, in steps, rounded down. */
    default double[] total(Cost cost) {
        return vector("total", cost, false);
    }

    private double[] vector(String field, Cost cost, boolean up) {
        double[] raw = switch (this) {
            case EpsilonDelta() -> {
                if (!(cost instanceof Cost.Approximate(ApproxDp dp)))
                    throw new InvalidInputException(field, Problem.MALFORMED, "epsilon and delta are needed");
                yield new double[] {dp.epsilon(), dp.delta()};
            }
            case Renyi(Orders orders) -> {
                if (!(cost instanceof Cost.Curve(RenyiCurve curve)))
                    throw new InvalidInputException(field, Problem.MALFORMED, "a Rényi curve is needed");
                if (!curve.orders().equals(orders))
                    throw new InvalidInputException(
                            field + ".orders", Problem.MALFORMED, curve.orders() + " where blocks have " + orders);
                yield curve.toArray();
            }
        };
        double sum = 0;
        for (int i = 0; i < raw.length; i++) {
            boolean delta = this instanceof EpsilonDelta && i == 1;
            if (!delta && raw[i] > MAX_EPSILON)
                throw new InvalidInputException(field, Problem.OVERFLOW, raw[i] + " is more than " + MAX_EPSILON);
            raw[i] = steps(raw[i] * (delta ? DELTA_STEPS : EPSILON_STEPS), up);
            sum += raw[i];
        }
        if (sum == 0) throw new InvalidInputException(field, Problem.ZERO, "nothing at all");
        return raw;
    }

    private static double steps(double exact, boolean up) {
        double nearest = Math.rint(exact);
        if (Math.abs(exact - nearest) <= 4 * Math.ulp(exact)) return nearest;
        return up ? Math.ceil(exact) : Math.floor(exact);
    }

    /** A vector of steps as a cost. */
    default Cost cost(double[] vector) {
        return switch (this) {
            case EpsilonDelta() ->
                new Cost.Approximate(new ApproxDp(vector[0] / EPSILON_STEPS, vector[1] / DELTA_STEPS));
            case Renyi(Orders orders) ->
                new Cost.Curve(RenyiCurve.of(
                        orders,
                        Arrays.stream(vector)
                                .map(v -> Math.max(0, v / EPSILON_STEPS))
                                .toArray()));
        };
    }

    default BlockAccount.Rule rule() {
        return this instanceof EpsilonDelta ? BlockAccount.Rule.ALL : BlockAccount.Rule.ANY;
    }

    default int dimensions() {
        return switch (this) {
            case EpsilonDelta() -> 2;
            case Renyi(Orders orders) -> orders.size();
        };
    }
}
