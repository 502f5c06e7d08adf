package dev.croft.budget.scheduling;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What every analyst was granted of each block, and the score that a claim has by it. Not thread-safe. */
final class Holdings {
    private record Place(long analyst, int block) {}

    private final Balance balance;
    private final List<BatchBlock> blocks;
    private final Map<Place, double[]> held = new HashMap<>();
    private double meanShare = 1;
    private double meanEfficiency = 1;

    Holdings(Balance balance, List<BatchBlock> blocks) {
        this.balance = balance;
        this.blocks = blocks;
    }

    /** Sets what scores are relative to, by the claims that wait. */
    void weigh(List<Batch.Entry> waiting) {
        double shares = 0;
        double efficiencies = 0;
        int counted = 0;
        for (Batch.Entry entry : waiting) {
            double share = share(entry.claim);
            if (Double.isInfinite(entry.efficiency)) continue;
            shares += share;
            efficiencies += entry.efficiency;
            counted++;
        }
        meanShare = shares > 0 ? shares / counted : 1;
        meanEfficiency = efficiencies > 0 ? efficiencies / counted : 1;
    }

    /** Never grows between two calls of {@link #weigh}. */
    double score(Batch.Entry entry) {
        double part = balance.efficiency();
        if (part == 1) return entry.efficiency;
        double share = share(entry.claim);
        // By the share alone powers need not be taken, which overflow for a tiny one.
        if (part == 0) return -share;
        return (1 - part) * Math.pow(share / meanShare, -balance.beta()) + part * entry.efficiency / meanEfficiency;
    }

    /** The largest share of a block, over all orders, that its analyst would hold with this claim. */
    private double share(Claim claim) {
        double most = 0;
        for (int b = 0; b < claim.size(); b++) {
            double[] demand = claim.demand(b);
            double[] total = blocks.get(claim.block(b)).total;
            double[] has = held.get(new Place(claim.analyst(), claim.block(b)));
            for (int i = 0; i < demand.length; i++)
                if (total[i] > 0) most = Math.max(most, ((has == null ? 0 : has[i]) + demand[i]) / total[i]);
        }
        return most / claim.weight();
    }

    void take(Claim claim) {
        for (int b = 0; b < claim.size(); b++) {
            double[] demand = claim.demand(b);
            double[] has =
                    held.computeIfAbsent(new Place(claim.analyst(), claim.block(b)), _ -> new double[demand.length]);
            for (int i = 0; i < demand.length; i++) has[i] += demand[i];
        }
    }
}
