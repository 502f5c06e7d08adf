package dev.croft.operator.decide;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.scheduling.BlockAccount;
import dev.croft.operator.resource.PrivacyBudget;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a block counts: epsilon and delta, or epsilon at its Rényi orders. Amounts are vectors of whole steps, 1e-12 of
 * epsilon and 1e-15 of delta, so that sums are exact in doubles; what is asked is rounded up and totals down. The steps
 * of epsilon are finer than those of the ledger, because statuses are to agree with the reference's to twelve digits.
 *
 * @param orders increasing; empty for epsilon and delta
 */
record Form(List<Double> orders) {
    static final int MAX_ORDERS = 64;
    /** Of a total; the schema says the same. */
    static final double MAX_EPSILON = 1000;

    /** Of what is asked: a Gaussian's curve is far above any total at high orders. */
    private static final double MAX_ASKED = 1e9;

    private static final double EPSILON_STEPS = 1e12;
    private static final double DELTA_STEPS = 1e15;
    private static final double SAME_ORDER = 1e-12;

    Form {
        orders = List.copyOf(orders);
    }

    /** The form of a block with this total. */
    static Form of(String field, PrivacyBudget total) {
        if (total.epsDel() != null && total.renyi() != null)
            throw new InvalidInputException(field, Problem.MALFORMED, "both epsDel and renyi");
        if (total.epsDel() != null) return new Form(List.of());
        if (total.renyi() == null) throw new InvalidInputException(field, Problem.EMPTY, "epsDel or renyi is needed");
        return new Form(sorted(field, total.renyi()).stream()
                .map(PrivacyBudget.Order::alpha)
                .toList());
    }

    boolean needsAll() {
        return orders.isEmpty();
    }

    BlockAccount.Rule rule() {
        return needsAll() ? BlockAccount.Rule.ALL : BlockAccount.Rule.ANY;
    }

    int size() {
        return needsAll() ? 2 : orders.size();
    }

    /** A block's whole budget, rounded down. */
    double[] total(String field, PrivacyBudget budget) {
        double[] total = steps(field, raw(field, budget, null), false);
        for (double steps : total)
            if (steps > MAX_EPSILON * EPSILON_STEPS)
                throw new InvalidInputException(field, Problem.OVERFLOW, "more than " + MAX_EPSILON);
        if (isZero(total)) throw new InvalidInputException(field, Problem.ZERO, "nothing at all");
        return total;
    }

    /** What a status says, as it is: it may be nothing, or below zero. */
    double[] stored(PrivacyBudget budget) {
        if (budget.epsDel() == null && budget.renyi() == null) return new double[size()];
        double[] raw = raw("status", budget, null, true);
        return steps("status", raw, true);
    }

    /**
     * What is asked of a block with this total, rounded up. A Rényi curve does not fall from one order to the next, so an
     * order that is not listed counts as the next larger one that is; one without a larger listed one is refused.
     */
    double[] demand(String field, PrivacyBudget budget, double[] total) {
        double[] demand = steps(field, raw(field, budget, null), true);
        if (isZero(demand)) throw new InvalidInputException(field, Problem.ZERO, "nothing asked");
        // Beyond the total nothing ever fits; bounding such demands keeps sums small enough to be exact.
        for (int i = 0; i < demand.length; i++) demand[i] = Math.min(demand[i], 2 * total[i] + 1);
        return demand;
    }

    /** How a demand is written: as it was asked, unless it had to be bounded. */
    PrivacyBudget written(PrivacyBudget asked, double[] demand) {
        return Arrays.equals(stored(asked), demand) ? asked : show(demand);
    }

    /** A part of what is held: as a demand, but at orders that are not listed never more than is held. */
    double[] part(String field, PrivacyBudget budget, double[] held) {
        double[] part = steps(field, raw(field, budget, held), true);
        if (isZero(part)) throw new InvalidInputException(field, Problem.ZERO, "nothing at all");
        return part;
    }

    private double[] raw(String field, PrivacyBudget budget, double @Nullable [] held) {
        return raw(field, budget, held, false);
    }

    private double[] raw(String field, PrivacyBudget budget, double @Nullable [] held, boolean maybeNegative) {
        if (budget.epsDel() != null && budget.renyi() != null)
            throw new InvalidInputException(field, Problem.MALFORMED, "both epsDel and renyi");
        if (needsAll()) {
            PrivacyBudget.EpsDel pair = budget.epsDel();
            if (pair == null) throw new InvalidInputException(field, Problem.MALFORMED, "epsDel is needed");
            check(field + ".epsDel.epsilon", pair.epsilon(), MAX_ASKED, maybeNegative);
            check(field + ".epsDel.delta", pair.delta(), 1, maybeNegative);
            return new double[] {pair.epsilon(), pair.delta()};
        }
        if (budget.renyi() == null) throw new InvalidInputException(field, Problem.MALFORMED, "renyi is needed");
        List<PrivacyBudget.Order> listed = sorted(field, budget.renyi());
        for (PrivacyBudget.Order order : listed)
            check(field + ".renyi[" + order.alpha() + "]", order.epsilon(), MAX_ASKED, maybeNegative);
        var raw = new double[orders.size()];
        int next = 0;
        for (int i = 0; i < raw.length; i++) {
            while (next < listed.size() && listed.get(next).alpha() < orders.get(i) - SAME_ORDER) next++;
            if (next == listed.size())
                throw new InvalidInputException(
                        field + ".renyi", Problem.UNKNOWN, "order " + orders.get(i) + " of the block is not listed");
            PrivacyBudget.Order found = listed.get(next);
            raw[i] = found.epsilon();
            if (held != null && found.alpha() > orders.get(i) + SAME_ORDER)
                raw[i] = Math.min(raw[i], held[i] / EPSILON_STEPS);
        }
        return raw;
    }

    private static List<PrivacyBudget.Order> sorted(String field, List<PrivacyBudget.Order> listed) {
        if (listed.size() > MAX_ORDERS)
            throw new InvalidInputException(field + ".renyi", Problem.TOO_MANY, listed.size() + " orders");
        List<PrivacyBudget.Order> sorted = new ArrayList<>(listed);
        sorted.sort((a, b) -> Double.compare(a.alpha(), b.alpha()));
        for (int i = 0; i < sorted.size(); i++) {
            double alpha = sorted.get(i).alpha();
            if (!(alpha > 1 && alpha < Double.POSITIVE_INFINITY))
                throw new InvalidInputException(
                        field + ".renyi.alpha", Problem.OUT_OF_RANGE, alpha + " is not above 1");
            if (i > 0 && alpha - sorted.get(i - 1).alpha() <= SAME_ORDER)
                throw new InvalidInputException(field + ".renyi.alpha", Problem.DUPLICATE, "" + alpha);
        }
        return sorted;
    }

    private static void check(String field, double value, double most, boolean maybeNegative) {
        if (Double.isNaN(value)) throw new InvalidInputException(field, Problem.NOT_A_NUMBER, "NaN");
        if (value < 0 && !maybeNegative) throw new InvalidInputException(field, Problem.NEGATIVE, "" + value);
        if (value > most && !maybeNegative)
            throw new InvalidInputException(field, Problem.OVERFLOW, value + " is more than " + most);
    }

    private double[] steps(String field, double[] raw, boolean up) {
        for (int i = 0; i < raw.length; i++) {
            double exact = raw[i] * scale(i);
            double nearest = Math.rint(exact);
            if (Math.abs(exact - nearest) <= 8 * Math.ulp(exact)) raw[i] = nearest;
            else raw[i] = up ? Math.ceil(exact) : Math.floor(exact);
            if (Double.isInfinite(raw[i])) throw new InvalidInputException(field, Problem.INFINITE, "" + raw[i]);
        }
        return raw;
    }

    private double scale(int i) {
        return needsAll() && i == 1 ? DELTA_STEPS : EPSILON_STEPS;
    }

    /** Steps as a budget; nothing at all is {@code {}}. */
    PrivacyBudget show(double[] steps) {
        if (isZero(steps)) return PrivacyBudget.NONE;
        if (needsAll()) return PrivacyBudget.of(steps[0] / EPSILON_STEPS, steps[1] / DELTA_STEPS);
        List<PrivacyBudget.Order> curve = new ArrayList<>();
        for (int i = 0; i < steps.length; i++)
            curve.add(new PrivacyBudget.Order(orders.get(i), steps[i] / EPSILON_STEPS));
        return PrivacyBudget.of(curve);
    }

    /** In words, at the given coordinate with Rényi orders. */
    String words(double[] steps, int at) {
        if (needsAll()) return steps[0] / EPSILON_STEPS + ", " + steps[1] / DELTA_STEPS;
        return steps[at] / EPSILON_STEPS + " @" + orders.get(at);
    }

    static boolean isZero(double[] vector) {
        return Arrays.stream(vector).allMatch(v -> v == 0);
    }

    static void add(double[] to, double[] amount, int sign) {
        for (int i = 0; i < to.length; i++) to[i] += sign * amount[i];
    }

    /** Whether a demand fits: everywhere, or with Rényi orders at one order at least. */
    boolean fits(double[] demand, double[] room) {
        int fitting = 0;
        for (int i = 0; i < demand.length; i++) if (demand[i] <= room[i]) fitting++;
        return needsAll() ? fitting == demand.length : fitting > 0;
    }

    /** Whether one amount is nowhere above another. */
    static boolean within(double[] amount, double[] limit) {
        for (int i = 0; i < amount.length; i++) if (amount[i] > limit[i]) return false;
        return true;
    }
}
