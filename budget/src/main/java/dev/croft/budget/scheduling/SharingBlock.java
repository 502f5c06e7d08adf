package dev.croft.budget.scheduling;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A block that is shared out piece by piece among who waits for it, in order of arrival. Every tick touches every waiter, so they lie in
 * arrays; one that leaves is a hole until there are many.
 */
final class SharingBlock {
    /** A claim that waits, and where it is in the arrays of each of its blocks. */
    static final class Waiter {
        final Claim claim;
        final int[] at;
        final boolean[] full;
        int missing;

        Waiter(Claim claim) {
            this.claim = claim;
            this.at = new int[claim.size()];
            Arrays.fill(at, -1);
            this.full = new boolean[claim.size()];
            this.missing = claim.size();
        }
    }

    final double created;
    int arrivals;
    int ticks;
    int ticksTotal;
    boolean closed;
    double left;
    private final double total;
    private final double tolerance;
    private double locked;
    private @Nullable Waiter[] waiters = new Waiter[16];
    private int[] places = new int[16];
    private double[] demands = new double[16];
    private double[] received = new double[16];
    private double[] missing = new double[16];
    private int size;
    private int holes;

    SharingBlock(double total, double created, double tolerance) {
        this.total = total;
        this.locked = total;
        this.created = created;
        this.tolerance = tolerance;
    }

    /** Unlocks up to {@code part} of {@code parts} equal parts. */
    void unlock(double part, double parts) {
        double amount = part < parts ? total / parts * part - (total - locked) : locked;
        if (amount == 0) return;
        locked -= amount;
        left += amount;
    }

    void join(Waiter waiter, int place) {
        if (size == places.length) {
            waiters = Arrays.copyOf(waiters, 2 * size);
            places = Arrays.copyOf(places, 2 * size);
            demands = Arrays.copyOf(demands, 2 * size);
            received = Arrays.copyOf(received, 2 * size);
            missing = new double[2 * size];
        }
        waiters[size] = waiter;
        places[size] = place;
        demands[size] = waiter.claim.demand(place)[0];
        received[size] = 0;
        waiter.at[place] = size++;
    }

    void leave(Waiter waiter, int place) {
        int at = waiter.at[place];
        if (at < 0) return;
        waiters[at] = null;
        waiter.at[place] = -1;
        holes++;
    }

    void forEach(Consumer<Waiter> each) {
        for (int i = 0; i < size; i++) {
            Waiter waiter = waiters[i];
            if (waiter != null) each.accept(waiter);
        }
    }

    /** Shares what is left max-min fairly, and tells who has all of all blocks now. */
    void share(Consumer<Waiter> complete) {
        if (holes > 0) closeHoles();
        if (size == 0) return;
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < size; i++) {
            missing[i] = demands[i] - received[i];
            least = Math.min(least, missing[i]);
        }
        double equal = left / size;
        // Beyond what rounding could do to the sum of all: nobody is satisfied, and each gets the same.
        if (least > equal * (1 + 1e-9)) {
            double sum = 0;
            for (int i = 0; i < size; i++) sum += equal;
            left = sum < left ? left - sum : 0;
            if (least - equal < tolerance) for (int i = 0; i < size; i++) give(i, equal, complete);
            else for (int i = 0; i < size; i++) receive(i, equal, complete);
        } else {
            var amounts = new double[size];
            double sum = MaxMin.share(Arrays.copyOf(missing, size), left, amounts);
            left = sum < left ? left - sum : 0;
            for (int i = 0; i < amounts.length; i++) give(i, amounts[i], complete);
        }
    }

    private void give(int i, double amount, Consumer<Waiter> complete) {
        double off = missing[i] - amount;
        boolean last = -tolerance < off && off < tolerance;
        Waiter waiter = waiters[i];
        int place = places[i];
        receive(i, last ? missing[i] : amount, complete);
        if (last && waiter != null) leave(waiter, place);
    }

    private void receive(int i, double amount, Consumer<Waiter> complete) {
        received[i] += amount;
        if (received[i] < demands[i] * (1 - tolerance)) return;
        Waiter waiter = waiters[i];
        if (waiter == null || waiter.full[places[i]]) return;
        waiter.full[places[i]] = true;
        if (--waiter.missing == 0) complete.accept(waiter);
    }

    private void closeHoles() {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            Waiter waiter = waiters[i];
            if (waiter == null) continue;
            waiters[kept] = waiter;
            places[kept] = places[i];
            demands[kept] = demands[i];
            received[kept] = received[i];
            waiter.at[places[i]] = kept++;
        }
        Arrays.fill(waiters, kept, size, null);
        size = kept;
        holes = 0;
    }
}
