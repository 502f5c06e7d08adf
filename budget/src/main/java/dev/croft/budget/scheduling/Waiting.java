package dev.croft.budget.scheduling;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A claim that waits, with its place in the queue: smallest share first, then further shares, then first come. */
final class Waiting implements Comparable<Waiting> {
    private static final double[] NO_MORE = {};

    final Claim claim;
    final BlockAccount[] blocks;
    final double share;
    final double[] furtherShares;
    final long arrival;
    boolean decided;
    boolean marked;
    boolean entered;
    boolean precise;
    WatchTree.Node @Nullable [] watching;
    int watchedBlock = -1;

    Waiting(Claim claim, BlockAccount[] blocks, double share, double[] furtherShares, long arrival) {
        this.claim = claim;
        this.blocks = blocks;
        this.share = share;
        this.furtherShares = furtherShares;
        this.arrival = arrival;
    }

    static Waiting of(Claim claim, BlockAccount[] blocks, Dpf.Order order, long arrival) {
        return switch (order) {
            case EPSILON -> new Waiting(claim, blocks, claim.demand(0)[0], NO_MORE, arrival);
            case DOMINANT_SHARE -> {
                double most = 0;
                for (int b = 0; b < blocks.length; b++) {
                    double[] demand = claim.demand(b);
                    double[] total = blocks[b].total;
                    for (int i = 0; i < demand.length; i++)
                        if (total[i] > 0) most = Math.max(most, demand[i] / total[i] / claim.weight());
                }
                yield new Waiting(claim, blocks, most, NO_MORE, arrival);
            }
            case LEXICOGRAPHIC -> {
                var shares = new double[blocks.length * claim.demand(0).length];
                int count = 0;
                for (int b = 0; b < blocks.length; b++) {
                    double[] demand = claim.demand(b);
                    for (int i = 0; i < demand.length; i++)
                        if (blocks[b].total[i] > 0)
                            shares[count++] = -(demand[i] / blocks[b].total[i] / claim.weight());
                }
                Arrays.sort(shares, 0, count);
                for (int i = 0; i < count; i++) shares[i] = -shares[i];
                yield new Waiting(
                        claim,
                        blocks,
                        count == 0 ? 0 : shares[0],
                        count < 2 ? NO_MORE : Arrays.copyOfRange(shares, 1, count),
                        arrival);
            }
        };
    }

    /** The first of its blocks that cannot meet the demand now, or -1. */
    int firstShort() {
        for (int i = 0; i < blocks.length; i++) if (!blocks[i].fits(claim.demand(i))) return i;
        return -1;
    }

    @Override
    public int compareTo(Waiting other) {
        int order = Double.compare(share, other.share);
        if (order == 0 && furtherShares.length + other.furtherShares.length > 0)
            order = Arrays.compare(furtherShares, other.furtherShares);
        return order != 0 ? order : Long.compare(arrival, other.arrival);
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(arrival);
    }
}
