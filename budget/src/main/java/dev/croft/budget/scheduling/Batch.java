package dev.croft.budget.scheduling;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Batch scheduling of waiting claims over Rényi curves: first come first served, by dominant shares, DPack (Tholoniat
 * et al., EuroSys 2025), or DPack's efficiency weighed against fairness between analysts ({@link Balance}). DPack solves for every block
 * and order the knapsack of the claims that want the block, takes the orders that can serve most as the ones that matter, and grants
 * claims by weight over demand at those orders. Not thread-safe.
 */
public final class Batch {
    /** How claims are ordered within a batch. */
    public enum Metric {
        FCFS,
        /** Lexicographically by shares of the blocks' totals. */
        DOMINANT_SHARES,
        /** By weight over demand, normalized by what is available at the orders that matter. */
        DPACK,
        /** By DPack's efficiency and the analyst's dominant share together, as a {@link Balance} says. */
        BALANCE;

        boolean weighs() {
            return this == DPACK || this == BALANCE;
        }
    }

    /** A waiting claim; {@code key} orders dominant shares, {@code efficiency} DPack. */
    static final class Entry {
        final Claim claim;
        final double[] key;
        double efficiency;
        double score;
        boolean granted;

        Entry(Claim claim, double[] key) {
            this.claim = claim;
            this.key = key;
        }
    }

    private final Metric metric;
    private final int steps;
    private final int recomputeEvery;
    private final Scheduler.Decisions decisions;
    private final Holdings holdings;
    private final List<BatchBlock> blocks = new ArrayList<>();
    private List<Entry> waiting = new ArrayList<>();

    /**
     * @param steps in how many equal parts a block unlocks
     * @param recomputeEvery after how many grants DPack weighs the orders anew
     */
    public Batch(Metric metric, int steps, int recomputeEvery, Scheduler.Decisions decisions) {
        this(metric, steps, recomputeEvery, Balance.STANDARD, decisions);
    }

    /** @param balance used by {@link Metric#BALANCE} alone */
    public Batch(Metric metric, int steps, int recomputeEvery, Balance balance, Scheduler.Decisions decisions) {
        if (steps < 1 || recomputeEvery < 1)
            throw new InvalidInputException("n", Problem.OUT_OF_RANGE, "at least 1 step");
        this.metric = metric;
        this.steps = steps;
        this.recomputeEvery = recomputeEvery;
        this.decisions = decisions;
        this.holdings = new Holdings(balance, blocks);
    }

    public void addBlock(double[] total) {
        blocks.add(new BatchBlock(total, steps));
    }

    /** Unlocks the block's next part; false once everything is unlocked. */
    public boolean unlock(int block) {
        return blocks.get(block).unlock();
    }

    public void add(Claim claim) {
        waiting.add(new Entry(claim, metric == Metric.DOMINANT_SHARES ? sharesOf(claim) : new double[0]));
        if (!metric.weighs()) return;
        for (int i = 0; i < claim.size(); i++) blocks.get(claim.block(i)).wanted(claim.demand(i), claim.weight());
    }

    /** How many claims wait. */
    public int waiting() {
        return waiting.size();
    }

    /** What is unlocked and not granted on a block, per order, as a copy. */
    public double[] available(int block) {
        return blocks.get(block).available();
    }

    /** Runs one batch: grants what fits, in order. */
    public void run() {
        int period = metric.weighs() ? recomputeEvery : Integer.MAX_VALUE;
        int granted;
        do {
            granted = metric == Metric.BALANCE ? runBalanced(period) : runOrdered(period);
            if (granted > 0) waiting.removeIf(entry -> entry.granted);
        } while (granted == period);
    }

    private int runOrdered(int most) {
        int granted = 0;
        for (Entry entry : ordered()) {
            if (!fits(entry.claim)) continue;
            grant(entry);
            if (++granted == most) break;
        }
        return granted;
    }

    /** A grant lowers the scores of its analyst's other claims, and of no others: so the best as it was then is looked at again. */
    private int runBalanced(int most) {
        weigh();
        holdings.weigh(waiting);
        var best = new PriorityQueue<Entry>(
                Math.max(1, waiting.size()),
                Comparator.comparingDouble((Entry entry) -> -entry.score).thenComparingLong(entry -> entry.claim.id()));
        for (Entry entry : waiting) {
            entry.score = holdings.score(entry);
            best.add(entry);
        }
        int granted = 0;
        for (Entry entry = best.poll(); entry != null && granted < most; entry = best.poll()) {
            double score = holdings.score(entry);
            if (score < entry.score) {
                entry.score = score;
                best.add(entry);
            } else if (fits(entry.claim)) {
                grant(entry);
                granted++;
            }
        }
        return granted;
    }

    private void weigh() {
        for (BatchBlock block : blocks) block.weigh();
        for (Entry entry : waiting) entry.efficiency = efficiency(entry.claim);
    }

    private List<Entry> ordered() {
        return switch (metric) {
            case FCFS -> waiting;
            case DOMINANT_SHARES -> sorted((a, b) -> Arrays.compare(b.key, a.key));
            case DPACK -> {
                weigh();
                yield sorted((a, b) -> Double.compare(b.efficiency, a.efficiency));
            }
            case BALANCE -> throw new IllegalStateException("not by one order");
        };
    }

    private List<Entry> sorted(Comparator<Entry> order) {
        var copy = new ArrayList<>(waiting);
        copy.sort(order);
        return copy;
    }

    private boolean fits(Claim claim) {
        for (int i = 0; i < claim.size(); i++) if (!blocks.get(claim.block(i)).fits(claim.demand(i))) return false;
        return true;
    }

    private void grant(Entry entry) {
        Claim claim = entry.claim;
        for (int i = 0; i < claim.size(); i++) {
            BatchBlock block = blocks.get(claim.block(i));
            block.consume(claim.demand(i));
            if (metric.weighs()) block.unwanted(claim.demand(i), claim.weight());
        }
        if (metric == Metric.BALANCE) holdings.take(claim);
        entry.granted = true;
        decisions.granted(claim);
    }

    /** Reciprocal shares of all blocks and orders, the largest share first: comparing them is lexicographic DPF. */
    private double[] sharesOf(Claim claim) {
        var shares = new double[claim.size() * claim.demand(0).length];
        int count = 0;
        for (int b = 0; b < claim.size(); b++) {
            double[] demand = claim.demand(b);
            double[] total = blocks.get(claim.block(b)).total;
            for (int i = 0; i < demand.length; i++)
                if (total[i] > 0) shares[count++] = claim.weight() / (demand[i] / total[i]);
        }
        Arrays.sort(shares, 0, count);
        return Arrays.copyOf(shares, count);
    }

    private double efficiency(Claim claim) {
        double cost = cost(claim, 0, blocks.size() * claim.demand(0).length);
        return cost > 0 ? claim.weight() / cost : Double.POSITIVE_INFINITY;
    }

    /**
     * Sum of demand times relevance over blocks and orders, laid out as one row. Added up pairwise with eight running
     * sums, as the reference's array library does, so that near ties fall the same way.
     */
    private double cost(Claim claim, int from, int count) {
        int orders = claim.demand(0).length;
        int first = claim.block(0) * orders;
        int last = (claim.block(claim.size() - 1) + 1) * orders;
        if (from >= last || from + count <= first) return 0;
        if (count > 128) {
            int half = count / 2;
            half -= half % 8;
            return cost(claim, from, half) + cost(claim, from + half, count - half);
        }
        var lane = new double[8];
        int whole = count - count % 8;
        for (int b = 0; b < claim.size(); b++) {
            int row = claim.block(b) * orders - from;
            if (row >= count || row + orders <= 0) continue;
            double[] demand = claim.demand(b);
            double[] relevance = blocks.get(claim.block(b)).relevance;
            for (int i = Math.max(0, -row); i < orders && row + i < whole; i++)
                if (relevance[i] != 0) lane[row + i & 7] += demand[i] * relevance[i];
        }
        double sum = ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
        for (int b = 0; b < claim.size(); b++) {
            int row = claim.block(b) * orders - from;
            if (row + orders <= whole || row >= count) continue;
            for (int i = Math.max(0, whole - row); i < orders && row + i < count; i++)
                sum += claim.demand(b)[i] * blocks.get(claim.block(b)).relevance[i];
        }
        return sum;
    }
}
