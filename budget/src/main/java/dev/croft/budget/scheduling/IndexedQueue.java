package dev.croft.budget.scheduling;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Waiting claims indexed so that an event costs what it changes and not the length of the queue.
 *
 * <p>After every round each waiting claim lacks budget on some block; it watches one such block, and nothing else needs
 * to look at it until that block unlocks enough. Watchers of a block form trees in scheduling order that answer "next
 * claim asking at most what is available", so a round visits in order exactly the claims whose watched block can meet
 * them. Claims that retired blocks can no longer meet are found by {@link RetiredBlocks}.
 */
final class IndexedQueue implements WaitingQueue {
    private final Context context;
    private final Map<Long, Waiting> waiting = new HashMap<>();
    private final List<@Nullable Watchers> watchers = new ArrayList<>();
    private final List<Waiting> newcomers = new ArrayList<>();
    private final List<Watchers> unlocked = new ArrayList<>();
    private final PriorityQueue<Waiting> turns = new PriorityQueue<>();
    private final RetiredBlocks retired = new RetiredBlocks();
    private @Nullable Waiting turn;
    private boolean roundRunning;
    private long arrivals;

    IndexedQueue(Context context) {
        this.context = context;
    }

    @Override
    public void add(Claim claim, BlockAccount[] blocks) {
        var newcomer = Waiting.of(claim, blocks, context.order(), arrivals++);
        waiting.put(claim.id(), newcomer);
        newcomers.add(newcomer);
    }

    @Override
    public boolean remove(Claim claim) {
        Waiting gone = waiting.get(claim.id());
        if (gone == null) return false;
        decide(gone);
        return true;
    }

    @Override
    public void unlocked(BlockAccount block) {
        Watchers of = watchersOf(block);
        of.dirty = true;
        if (of.marked) return;
        of.marked = true;
        unlocked.add(of);
    }

    @Override
    public void retired(BlockAccount block) {
        if (context.retirement() != Dpf.Retirement.WAIT) retired.retire(block);
    }

    @Override
    public int size() {
        return waiting.size();
    }

    @Override
    public void settle() {
        boolean round = !unlocked.isEmpty();
        if (!round && newcomers.isEmpty()) return;
        roundRunning = round;
        turns.addAll(newcomers);
        if (round && inTurn()) retired.drainPending(turns::add);
        var sources = new PriorityQueue<Source>();
        for (Watchers of : unlocked) {
            of.marked = false;
            for (int tree = 0; tree < of.trees.length; tree++)
                if (!of.trees[tree].isEmpty()) {
                    var source = new Source(of, tree);
                    if (source.advance(null)) sources.add(source);
                }
        }
        unlocked.clear();
        while (true) {
            Source source = sources.peek();
            Waiting queued = turns.peek();
            if (source == null && queued == null) break;
            if (source == null || (queued != null && queued.compareTo(source.candidate()) <= 0)) {
                turns.poll();
                if (!queued.decided) examine(queued);
                continue;
            }
            sources.poll();
            Waiting candidate = source.candidate();
            // A grant since may have used up what this one was waiting for.
            if (source.stillOffers(candidate)) examine(candidate);
            if (source.advance(turn)) sources.add(source);
        }
        turn = null;
        if (context.retirement() != Dpf.Retirement.WAIT) {
            for (Waiting newcomer : newcomers) if (!newcomer.decided) retired.enter(newcomer);
            if (round && !inTurn()) retired.drainPending(this::refuseByEnds);
        }
        newcomers.clear();
    }

    private boolean inTurn() {
        return context.retirement() == Dpf.Retirement.REFUSE_IN_TURN || context.retirement() == Dpf.Retirement.REFUSE;
    }

    private void examine(Waiting candidate) {
        turn = candidate;
        int lacking = candidate.firstShort();
        if (lacking < 0) {
            grant(candidate);
            return;
        }
        if (inTurn() && isDoomed(candidate, lacking)) {
            decide(candidate);
            context.decisions().refused(candidate.claim, Scheduler.Refused.BLOCK_RETIRED);
            return;
        }
        watch(candidate, lacking);
    }

    private boolean isDoomed(Waiting candidate, int lacking) {
        if (candidate.blocks[lacking].retired) return true;
        if (context.retirement() == Dpf.Retirement.REFUSE_IN_TURN) return false;
        for (int i = lacking + 1; i < candidate.blocks.length; i++)
            if (candidate.blocks[i].retired && candidate.blocks[i].lost(candidate.claim.demand(i))) return true;
        return false;
    }

    private void refuseByEnds(Waiting candidate) {
        int newest = candidate.blocks.length - 1;
        int end = candidate.blocks[0].retired || context.retirement() == Dpf.Retirement.REFUSE_BY_OLDEST ? 0 : newest;
        BlockAccount block = candidate.blocks[end];
        if (!block.retired || !block.lost(candidate.claim.demand(end))) return;
        decide(candidate);
        context.decisions().refused(candidate.claim, Scheduler.Refused.BLOCK_RETIRED);
    }

    private void grant(Waiting granted) {
        decide(granted);
        for (int i = 0; i < granted.blocks.length; i++) {
            BlockAccount block = granted.blocks[i];
            block.consume(granted.claim.demand(i));
            watchersOf(block).dirty = true;
            if (block.retired && context.retirement() != Dpf.Retirement.WAIT) retired.shrunk(block, this::becameShort);
        }
        context.decisions().granted(granted.claim);
    }

    /** A retired block cannot meet the claim any more: look at it this round if its turn is still to come. */
    private void becameShort(Waiting claim) {
        if (inTurn() && roundRunning && turn != null && claim.compareTo(turn) > 0) turns.add(claim);
        else retired.pend(claim);
    }

    private void decide(Waiting claim) {
        claim.decided = true;
        waiting.remove(claim.claim.id());
        unwatch(claim);
        retired.left(claim);
    }

    private void watch(Waiting claim, int lacking) {
        // The bound over all orders let it through though none fits: watch each order from now on.
        if (claim.watchedBlock == lacking && context.rule() == BlockAccount.Rule.ANY) claim.precise = true;
        unwatch(claim);
        claim.watchedBlock = lacking;
        claim.watching = watchersOf(claim.blocks[lacking]).add(claim, claim.claim.demand(lacking));
    }

    private void unwatch(Waiting claim) {
        WatchTree.Node[] nodes = claim.watching;
        if (nodes == null) return;
        watchersOf(claim.blocks[claim.watchedBlock]).remove(nodes);
        claim.watching = null;
        claim.watchedBlock = -1;
    }

    private Watchers watchersOf(BlockAccount block) {
        while (watchers.size() <= block.number) watchers.add(null);
        Watchers known = watchers.get(block.number);
        if (known == null) {
            known = new Watchers(block, context.rule());
            watchers.set(block.number, known);
        }
        return known;
    }

    /** One tree of one block while a round walks it. */
    private static final class Source implements Comparable<Source> {
        private final Watchers of;
        private final int tree;
        private @Nullable Waiting candidate;

        Source(Watchers of, int tree) {
            this.of = of;
            this.tree = tree;
        }

        boolean advance(@Nullable Waiting cursor) {
            candidate = of.trees[tree].next(cursor, of.bound(tree));
            return candidate != null;
        }

        Waiting candidate() {
            if (candidate == null) throw new IllegalStateException("exhausted");
            return candidate;
        }

        boolean stillOffers(Waiting claim) {
            return !claim.decided && of.offers(tree, claim);
        }

        @Override
        public int compareTo(Source other) {
            return candidate().compareTo(other.candidate());
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return tree;
        }
    }
}
