package dev.croft.budget.scheduling;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Dominant private-block fairness (Luo et al., "Privacy Budget Scheduling", OSDI 2021, Algorithms 1 and 2): blocks
 * unlock their budget bit by bit, per arriving claim (DPF-N) or per tick (DPF-T), and what is unlocked goes to the
 * waiting claims with the smallest dominant share that fit.
 */
public final class Dpf implements Scheduler {
    /** The order in which waiting claims are tried; what is equal is tried in order of arrival. */
    public enum Order {
        /** By the epsilon asked, as in the reference simulator where all blocks are alike. */
        EPSILON,
        /** By the largest share of a block's total asked, divided by the claim's weight. */
        DOMINANT_SHARE,
        /** By the largest share, then the second largest, and so on: the paper's definition. */
        LEXICOGRAPHIC
    }

    /** What happens to a waiting claim whose block is retired and too empty for it. */
    public enum Retirement {
        /** It is refused, whichever block it is. */
        REFUSE,
        /** It is refused in its turn if the first block it lacks is retired: the reference simulator with Rényi. */
        REFUSE_IN_TURN,
        /** It is refused after a round of grants if its oldest or newest block is: the reference with DPF-N. */
        REFUSE_BY_ENDS,
        /** The same, looking only at the oldest block: the reference with DPF-T. */
        REFUSE_BY_OLDEST,
        /** It waits on: what others give back may still help it. */
        WAIT
    }

    /** How budget becomes available. */
    public sealed interface Unlocking {
        /** One n-th of a block's total with each of the first n claims that ask for it, the last the rest of a part. */
        record PerArrival(double n) implements Unlocking {
            public PerArrival {
                if (!(n >= 1 && n < Double.POSITIVE_INFINITY))
                    throw new InvalidInputException("n", Problem.OUT_OF_RANGE, n + " is not a number from 1");
            }
        }

        /** In equal steps at each tick over the lifetime of a block; both in seconds. */
        record PerTick(double lifetime, double tick) implements Unlocking {
            public PerTick {
                if (!(lifetime > 0 && lifetime < Double.POSITIVE_INFINITY))
                    throw new InvalidInputException("t", Problem.OUT_OF_RANGE, lifetime + " is not above 0");
                if (!(tick > 0 && tick < Double.POSITIVE_INFINITY))
                    throw new InvalidInputException("tick", Problem.OUT_OF_RANGE, tick + " is not above 0");
            }
        }
    }

    /**
     * How amounts are counted.
     *
     * @param rule when a demand fits
     * @param tolerance by how much a single epsilon may be exceeded, 0 outside of replays; only with {@code level}
     * @param level count one epsilon as a level, the reference simulator's way; otherwise unlocked minus consumed
     * @param quantum grid of unlocked amounts, 0 for none
     */
    public record Counting(BlockAccount.Rule rule, boolean level, double tolerance, double quantum) {
        /** The reference simulator with basic composition. */
        public static Counting reference(double tolerance) {
            return new Counting(BlockAccount.Rule.ALL, true, tolerance, 0);
        }

        /** The reference simulator with Rényi composition. */
        public static Counting referenceRenyi() {
            return new Counting(BlockAccount.Rule.ANY, false, 0, 0);
        }

        BlockAccount open(int number, double[] total, double now) {
            return level
                    ? new BlockAccount.Level(number, total, now, tolerance)
                    : new BlockAccount.Curve(number, total, now, rule, quantum);
        }
    }

    private final Unlocking unlocking;
    private final Counting counting;
    private final Decisions decisions;
    private final WaitingQueue queue;
    private final List<BlockAccount> blocks = new ArrayList<>();
    private final List<BlockAccount> unlockingBlocks = new ArrayList<>();

    public Dpf(Unlocking unlocking, Counting counting, Order order, Retirement retirement, Decisions decisions) {
        this(unlocking, counting, order, retirement, decisions, IndexedQueue::new);
    }

    /** With another queue, for comparison. */
    public Dpf(
            Unlocking unlocking,
            Counting counting,
            Order order,
            Retirement retirement,
            Decisions decisions,
            Function<WaitingQueue.Context, WaitingQueue> queue) {
        this.unlocking = unlocking;
        this.counting = counting;
        this.decisions = decisions;
        this.queue = queue.apply(new WaitingQueue.Context(order, retirement, counting.rule(), decisions));
    }

    @Override
    public void blockCreated(double[] total, double now) {
        BlockAccount block = counting.open(blocks.size(), total, now);
        blocks.add(block);
        unlockingBlocks.add(block);
    }

    @Override
    public void blockRetired(int number) {
        retire(blocks.get(number));
    }

    @Override
    public void arrived(Claim claim, double now) {
        var asked = new BlockAccount[claim.size()];
        for (int i = 0; i < asked.length; i++) {
            BlockAccount block = blocks.get(claim.block(i));
            asked[i] = block;
            block.arrivals++;
            if (!(unlocking instanceof Unlocking.PerArrival(double n)) || block.retired) continue;
            block.unlockPart(n);
            queue.unlocked(block);
            if (block.arrivals >= n) retire(block);
        }
        queue.add(claim, asked);
    }

    @Override
    public void expired(Claim claim) {
        if (queue.remove(claim)) decisions.refused(claim, Refused.TIMED_OUT);
    }

    /** Takes a waiting claim out without a decision. */
    public void withdrawn(Claim claim) {
        queue.remove(claim);
    }

    @Override
    public void tick(double now) {
        if (!(unlocking instanceof Unlocking.PerTick(double lifetime, double tick))) return;
        for (BlockAccount block : List.copyOf(unlockingBlocks)) {
            if (block.ticksTotal == 0) {
                double end = block.created + lifetime;
                block.ticksTotal = end <= now ? 1 : (int) ((end - now) / tick) + 1;
            }
            block.unlockTick();
            queue.unlocked(block);
            if (block.ticksDone == block.ticksTotal) retire(block);
        }
    }

    @Override
    public void settle() {
        queue.settle();
    }

    /** Part of what was granted on a block comes back to what is unlocked there. */
    public void givenBack(int number, double[] amount) {
        BlockAccount block = blocks.get(number);
        block.giveBack(amount);
        queue.unlocked(block);
    }

    /** Where the claim lacks budget: the first of its blocks that cannot meet it now, or -1. */
    public int firstShort(Claim claim) {
        for (int i = 0; i < claim.size(); i++) if (!blocks.get(claim.block(i)).fits(claim.demand(i))) return i;
        return -1;
    }

    /** Whether a tick would still unlock something. */
    public boolean unlocks() {
        return !unlockingBlocks.isEmpty();
    }

    /** How many claims wait. */
    public int waiting() {
        return queue.size();
    }

    /** What is unlocked and not given away on a block, as a copy. */
    public double[] available(int block) {
        return blocks.get(block).available.clone();
    }

    private void retire(BlockAccount block) {
        if (block.retired) return;
        block.retired = true;
        unlockingBlocks.remove(block);
        queue.retired(block);
    }
}
