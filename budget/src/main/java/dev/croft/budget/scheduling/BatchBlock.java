package dev.croft.budget.scheduling;

import java.util.Arrays;

/**
 * A block of a {@link Batch}. What is available is unlocked minus (total minus remaining), in this order, because the
 * reference rounds so. For every order it keeps the demands of waiting claims sorted, so that weighing the orders again
 * after some grants only walks what fits.
 */
final class BatchBlock {
    final double[] total;
    final double[] relevance;
    private final double[] part;
    private final double[] unlocked;
    private final double[] remaining;
    private final SortedDemands[] wanted;
    private boolean changed = true;

    BatchBlock(double[] total, int steps) {
        this.total = total.clone();
        this.remaining = total.clone();
        this.unlocked = new double[total.length];
        this.relevance = new double[total.length];
        this.part = Arrays.stream(total).map(t -> t / steps).toArray();
        this.wanted = new SortedDemands[total.length];
        for (int i = 0; i < wanted.length; i++) wanted[i] = new SortedDemands();
    }

    boolean unlock() {
        boolean more = false;
        for (int i = 0; i < total.length; i++) {
            unlocked[i] = Math.min(unlocked[i] + part[i], total[i]);
            more |= unlocked[i] != total[i];
        }
        changed = true;
        return more;
    }

    boolean fits(double[] demand) {
        for (int i = 0; i < demand.length; i++)
            if (unlocked[i] - (total[i] - remaining[i]) - demand[i] >= 0) return true;
        return false;
    }

    void consume(double[] demand) {
        for (int i = 0; i < demand.length; i++) remaining[i] -= demand[i];
        changed = true;
    }

    double[] available() {
        var available = new double[total.length];
        for (int i = 0; i < available.length; i++) available[i] = unlocked[i] - (total[i] - remaining[i]);
        return available;
    }

    void wanted(double[] demand, double weight) {
        for (int i = 0; i < demand.length; i++) wanted[i].add(demand[i], weight);
        changed = true;
    }

    void unwanted(double[] demand, double weight) {
        for (int i = 0; i < demand.length; i++) wanted[i].remove(demand[i], weight);
        changed = true;
    }

    /** Sets the relevance: 1/available at the orders whose knapsack is worth most, 0 elsewhere. */
    void weigh() {
        if (!changed) return;
        changed = false;
        var worth = new double[total.length];
        double best = 0;
        for (int i = 0; i < worth.length; i++) {
            double capacity = unlocked[i] + remaining[i] - total[i];
            worth[i] = capacity > 0 ? wanted[i].worthWithin(capacity) : 0;
            best = Math.max(best, worth[i]);
        }
        for (int i = 0; i < worth.length; i++) {
            double capacity = unlocked[i] + remaining[i] - total[i];
            relevance[i] = worth[i] == best && capacity > 0 ? 1 / capacity : 0;
        }
    }

    /** Demands at one order, those that give most weight for their size first; equal weights mean smallest first. */
    private static final class SortedDemands {
        private double[] density = new double[16];
        private double[] demand = new double[16];
        private double[] weight = new double[16];
        private int size;
        private int unequal;

        void add(double asked, double worth) {
            if (size == demand.length) {
                density = Arrays.copyOf(density, 2 * size);
                demand = Arrays.copyOf(demand, 2 * size);
                weight = Arrays.copyOf(weight, 2 * size);
            }
            double sortedBy = asked / worth;
            int found = Arrays.binarySearch(density, 0, size, sortedBy);
            int at = found < 0 ? -found - 1 : found;
            System.arraycopy(density, at, density, at + 1, size - at);
            System.arraycopy(demand, at, demand, at + 1, size - at);
            System.arraycopy(weight, at, weight, at + 1, size - at);
            density[at] = sortedBy;
            demand[at] = asked;
            weight[at] = worth;
            if (worth != 1) unequal++;
            size++;
        }

        void remove(double asked, double worth) {
            double sortedBy = asked / worth;
            int at = Arrays.binarySearch(density, 0, size, sortedBy);
            // Among equal densities any order; find the very entry.
            while (at > 0 && density[at - 1] == sortedBy) at--;
            while (demand[at] != asked || weight[at] != worth) at++;
            if (worth != 1) unequal--;
            size--;
            System.arraycopy(density, at + 1, density, at, size - at);
            System.arraycopy(demand, at + 1, demand, at, size - at);
            System.arraycopy(weight, at + 1, weight, at, size - at);
        }

        double worthWithin(double capacity) {
            double sum = 0;
            double worth = 0;
            for (int i = 0; i < size; i++) {
                if (sum + demand[i] > capacity) {
                    // With unit weights these are sorted by size, and nothing later fits.
                    if (unequal == 0) break;
                    continue;
                }
                sum += demand[i];
                worth += weight[i];
            }
            return worth;
        }
    }
}
