package dev.croft.budget.scheduling;

import dev.croft.budget.scheduling.BlockAccount.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * DPF's queue done the plain way: every round walks all waiting claims. With {@link #sorted} it is the baseline that
 * {@link IndexedQueue} has to agree with; with {@link #heapArray} it walks them as PrivateKube's simulator does, in the
 * order of a heap's array, which is only partly sorted.
 */
public final class ResortingQueue implements WaitingQueue {
    private final Context context;
    private final UnaryOperator<List<Waiting>> arrange;
    private final List<Waiting> waiting = new ArrayList<>();
    private final List<Waiting> newcomers = new ArrayList<>();
    private boolean unlocked;
    private long arrivals;

    private ResortingQueue(Context context, UnaryOperator<List<Waiting>> arrange) {
        this.context = context;
        this.arrange = arrange;
    }

    public static ResortingQueue sorted(Context context) {
        return new ResortingQueue(context, claims -> claims.stream().sorted().toList());
    }

    public static ResortingQueue heapArray(Context context) {
        return new ResortingQueue(context, ResortingQueue::heapify);
    }

    @Override
    public void add(Claim claim, BlockAccount[] blocks) {
        var newcomer = Waiting.of(claim, blocks, context.order(), arrivals++);
        waiting.add(newcomer);
        newcomers.add(newcomer);
    }

    @Override
    public boolean remove(Claim claim) {
        newcomers.removeIf(w -> w.claim == claim);
        return waiting.removeIf(w -> w.claim == claim);
    }

    @Override
    public void unlocked(BlockAccount block) {
        unlocked = true;
    }

    @Override
    public void retired(BlockAccount block) {}

    @Override
    public int size() {
        return waiting.size();
    }

    @Override
    public void settle() {
        if (!unlocked && newcomers.isEmpty()) return;
        boolean refuses = context.retirement() != Dpf.Retirement.WAIT;
        boolean inTurn = refuses && (context.rule() == Rule.ANY || context.retirement() == Dpf.Retirement.REFUSE);
        for (Waiting claim : arrange.apply(unlocked ? waiting : newcomers)) {
            int lacking = claim.firstShort();
            if (lacking < 0) {
                for (int i = 0; i < claim.blocks.length; i++) claim.blocks[i].consume(claim.claim.demand(i));
                claim.decided = true;
                context.decisions().granted(claim.claim);
            } else if (inTurn && doomed(claim, lacking)) refuse(claim);
        }
        if (refuses && unlocked && !inTurn)
            for (Waiting claim : waiting) if (!claim.decided && lostAtAnEnd(claim)) refuse(claim);
        waiting.removeIf(claim -> claim.decided);
        newcomers.clear();
        unlocked = false;
    }

    private boolean doomed(Waiting claim, int lacking) {
        if (context.retirement() == Dpf.Retirement.REFUSE_IN_TURN) return claim.blocks[lacking].retired;
        for (int i = 0; i < claim.blocks.length; i++)
            if (claim.blocks[i].retired && !claim.blocks[i].fits(claim.claim.demand(i))) return true;
        return false;
    }

    private boolean lostAtAnEnd(Waiting claim) {
        int newest = claim.blocks.length - 1;
        if (claim.blocks[0].retired) return claim.blocks[0].lost(claim.claim.demand(0));
        return context.retirement() != Dpf.Retirement.REFUSE_BY_OLDEST
                && claim.blocks[newest].retired
                && claim.blocks[newest].lost(claim.claim.demand(newest));
    }

    private void refuse(Waiting claim) {
        claim.decided = true;
        context.decisions().refused(claim.claim, Scheduler.Refused.BLOCK_RETIRED);
    }

    /** The array that Python's heapq.heapify leaves: holes sink to a leaf along the smaller child, then rise. */
    static List<Waiting> heapify(List<Waiting> claims) {
        var heap = claims.toArray(new Waiting[0]);
        for (int start = heap.length / 2 - 1; start >= 0; start--) {
            Waiting item = heap[start];
            int hole = start;
            for (int child = 2 * hole + 1; child < heap.length; child = 2 * hole + 1) {
                if (child + 1 < heap.length && heap[child].compareTo(heap[child + 1]) >= 0) child++;
                heap[hole] = heap[child];
                hole = child;
            }
            while (hole > start) {
                int parent = (hole - 1) / 2;
                if (item.compareTo(heap[parent]) >= 0) break;
                heap[hole] = heap[parent];
                hole = parent;
            }
            heap[hole] = item;
        }
        return List.of(heap);
    }
}
