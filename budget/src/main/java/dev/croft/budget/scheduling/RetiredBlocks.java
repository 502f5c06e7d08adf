package dev.croft.budget.scheduling;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Consumer;

/**
 * Finds the waiting claims that a retired block cannot meet any more. A retired block only shrinks, so a claim that it
 * can meet is filed under one coordinate that meets it, largest demand on top, and looked at again when that coordinate
 * shrinks below its demand.
 */
final class RetiredBlocks {
    private static final class Filed {
        final Waiting claim;
        final double demand;
        final int place;

        Filed(Waiting claim, double demand, int place) {
            this.claim = claim;
            this.demand = demand;
            this.place = place;
        }
    }

    private static final class Touching {
        final List<Waiting> claims = new ArrayList<>();
        int live;
    }

    private final Map<Integer, Touching> touching = new HashMap<>();
    private final Map<Integer, List<PriorityQueue<Filed>>> filed = new HashMap<>();
    private List<Waiting> pending = new ArrayList<>();

    /** A claim that stays after its first round. */
    void enter(Waiting claim) {
        for (int i = 0; i < claim.blocks.length; i++) {
            BlockAccount block = claim.blocks[i];
            if (block.retired) {
                fileOrReport(claim, i, this::pend);
                continue;
            }
            Touching list = touching.computeIfAbsent(block.number, b -> new Touching());
            if (list.claims.size() > 2 * list.live + 64) list.claims.removeIf(c -> c.decided);
            list.claims.add(claim);
            list.live++;
        }
        claim.entered = true;
    }

    void left(Waiting claim) {
        if (!claim.entered) return;
        for (BlockAccount block : claim.blocks) {
            Touching list = touching.get(block.number);
            if (list != null) list.live--;
        }
    }

    void retire(BlockAccount block) {
        Touching list = touching.remove(block.number);
        if (list == null) return;
        for (Waiting claim : list.claims) {
            if (claim.decided) continue;
            for (int i = 0; i < claim.blocks.length; i++)
                if (claim.blocks[i] == block) fileOrReport(claim, i, this::pend);
        }
    }

    /** The retired block has given something away. */
    void shrunk(BlockAccount block, Consumer<Waiting> becameShort) {
        List<PriorityQueue<Filed>> files = filed.get(block.number);
        if (files == null) return;
        for (int i = 0; i < files.size(); i++) {
            PriorityQueue<Filed> file = files.get(i);
            for (Filed top = file.peek(); top != null && top.demand > block.available[i]; top = file.peek()) {
                file.poll();
                if (!top.claim.decided) fileOrReport(top.claim, top.place, becameShort);
            }
        }
    }

    /** To be looked at in the next round. */
    void pend(Waiting claim) {
        if (claim.marked) return;
        claim.marked = true;
        pending.add(claim);
    }

    void drainPending(Consumer<Waiting> consumer) {
        if (pending.isEmpty()) return;
        List<Waiting> drained = pending;
        pending = new ArrayList<>();
        drained.sort((a, b) -> Long.compare(a.arrival, b.arrival));
        for (Waiting claim : drained) {
            claim.marked = false;
            if (!claim.decided) consumer.accept(claim);
        }
    }

    private void fileOrReport(Waiting claim, int place, Consumer<Waiting> becameShort) {
        BlockAccount block = claim.blocks[place];
        double[] demand = claim.claim.demand(place);
        if (block.lost(demand)) {
            becameShort.accept(claim);
            return;
        }
        List<PriorityQueue<Filed>> files = filed.computeIfAbsent(block.number, b -> {
            var made = new ArrayList<PriorityQueue<Filed>>();
            for (int i = 0; i < demand.length; i++)
                made.add(new PriorityQueue<>((x, y) -> Double.compare(y.demand, x.demand)));
            return made;
        });
        boolean all = block.needsAll();
        for (int i = demand.length - 1; i >= 0; i--) {
            if (demand[i] > block.available[i]) continue;
            files.get(i).add(new Filed(claim, demand[i], place));
            if (!all) return;
        }
    }
}
