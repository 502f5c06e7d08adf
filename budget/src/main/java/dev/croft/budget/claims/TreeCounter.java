package dev.croft.budget.claims;

import dev.croft.budget.Epsilon;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.noise.DiscreteLaplace;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * A running count that may be published at every tick: the binary tree mechanism (Chan, Shi, Song 2011; Dwork et al.
 * 2010) with exact discrete Laplace noise. Each person counts once, in one tick, and so touches one node on each of the
 * tree's levels; all ticks together cost {@link #epsilon()}. Its state can be stored and resumed. Not thread-safe.
 */
public final class TreeCounter {
    /** What has to be stored to go on after a restart; as secret as the true counts in it. */
    public record State(long tick, long[] sums, BigInteger[] noisySums) {}

    private final Epsilon epsilon;
    private final int levels;
    private final long ticks;
    private final DiscreteLaplace noise;
    private final RandomGenerator random;
    private final long[] sums;
    private final BigInteger[] noisySums;
    private long tick;

    /**
     * @param epsilon the price of all ticks together, counting every person once
     * @param ticks how many there may be
     * @param random a SecureRandom wherever the counts protect someone
     */
    public TreeCounter(Epsilon epsilon, long ticks, RandomGenerator random) {
        if (ticks < 1) throw new InvalidInputException("ticks", Problem.OUT_OF_RANGE, ticks + " < 1");
        this.epsilon = epsilon;
        this.ticks = ticks;
        this.levels = 64 - Long.numberOfLeadingZeros(ticks);
        this.noise = DiscreteLaplace.forBudget(epsilon, levels);
        this.random = random;
        this.sums = new long[levels];
        this.noisySums = new BigInteger[levels];
        Arrays.fill(noisySums, BigInteger.ZERO);
    }

    /** What the whole stream of counts costs each person. */
    public Epsilon epsilon() {
        return epsilon;
    }

    /**
     * Ends a tick.
     *
     * @param newPeople who were seen for the first time in it; the caller makes sure that nobody is counted twice
     * @return a noisy count of everybody so far
     */
    public BigInteger tick(long newPeople) {
        if (newPeople < 0) throw new InvalidInputException("newPeople", Problem.NEGATIVE, "" + newPeople);
        if (tick == ticks) throw new InvalidInputException("ticks", Problem.TOO_MANY, "all " + ticks + " are used");
        tick++;
        int level = Long.numberOfTrailingZeros(tick);
        // The node that closes at this tick takes over all smaller ones before it.
        long sum = newPeople;
        for (int i = 0; i < level; i++) {
            sum += sums[i];
            sums[i] = 0;
            noisySums[i] = BigInteger.ZERO;
        }
        sums[level] = sum;
        noisySums[level] = BigInteger.valueOf(sum).add(noise.sample(random));
        BigInteger count = BigInteger.ZERO;
        for (int i = 0; i < levels; i++) if ((tick >> i & 1) == 1) count = count.add(noisySums[i]);
        return count;
    }

    public State state() {
        return new State(tick, sums.clone(), noisySums.clone());
    }

    /** Goes on where a counter of the same epsilon and ticks was. */
    public void resume(State state) {
        if (state.sums.length != levels || state.noisySums.length != levels || state.tick < 0 || state.tick > ticks)
            throw new InvalidInputException("state", Problem.MALFORMED, "of another counter");
        tick = state.tick;
        System.arraycopy(state.sums, 0, sums, 0, levels);
        System.arraycopy(state.noisySums, 0, noisySums, 0, levels);
    }
}
