package dev.croft.budget.scheduling;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;

/**
 * An all-or-nothing demand on blocks, as the schedulers see it. Immutable; the arrays handed out are shared and must not
 * be written.
 */
public final class Claim {
    private final long id;
    private final int[] blocks;
    private final double[][] demands;
    private final double weight;
    private final long analyst;

    /** A claim of an analyst of its own. */
    public Claim(long id, int[] blocks, double[][] demands, double weight) {
        this(id, blocks, demands, weight, id);
    }

    /**
     * @param blocks distinct block numbers, the oldest first
     * @param demands one vector for all blocks, or one for each: epsilon (and delta), or a Rényi curve's values
     * @param weight what granting it is worth to DPack, and what DPF divides its shares by; above zero, 1 ordinarily
     * @param analyst whose claim it is, for policies that are fair between analysts
     */
    public Claim(long id, int[] blocks, double[][] demands, double weight, long analyst) {
        if (blocks.length == 0) throw new InvalidInputException("blocks", Problem.EMPTY, "a claim needs a block");
        if (demands.length != 1 && demands.length != blocks.length)
            throw new InvalidInputException(
                    "demands", Problem.MALFORMED, demands.length + " vectors for " + blocks.length + " blocks");
        for (double[] demand : demands) checkDemand(demand);
        if (!(weight > 0 && weight < Double.POSITIVE_INFINITY))
            throw new InvalidInputException("weight", Problem.OUT_OF_RANGE, "" + weight);
        this.id = id;
        this.blocks = blocks.clone();
        this.demands = demands.clone();
        this.weight = weight;
        this.analyst = analyst;
    }

    /** A claim that asks the same of each block. */
    public Claim(long id, int[] blocks, double[] demand) {
        this(id, blocks, new double[][] {demand}, 1);
    }

    private static void checkDemand(double[] demand) {
        boolean asks = false;
        for (double d : demand) {
            if (Double.isNaN(d)) throw new InvalidInputException("demand", Problem.NOT_A_NUMBER, "NaN");
            if (Double.isInfinite(d)) throw new InvalidInputException("demand", Problem.INFINITE, "" + d);
            if (d < 0) throw new InvalidInputException("demand", Problem.NEGATIVE, "" + d);
            asks |= d > 0;
        }
        if (!asks) throw new InvalidInputException("demand", Problem.ZERO, "nothing asked");
    }

    public long id() {
        return id;
    }

    public int size() {
        return blocks.length;
    }

    /** The number of the {@code i}-th block asked for. */
    public int block(int i) {
        return blocks[i];
    }

    /** What is asked of the {@code i}-th block. */
    public double[] demand(int i) {
        return demands.length == 1 ? demands[0] : demands[i];
    }

    public double weight() {
        return weight;
    }

    public long analyst() {
        return analyst;
    }

    @Override
    public String toString() {
        return "Claim " + id;
    }
}
