package dev.croft.operator.decide;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** An operator that does one thing at a time, so that others can do something, or it can die, in between. */
final class SimulatedOperator {
    private final SimulatedCluster cluster;
    private final Settings settings;
    private final SplittableRandom random;
    private @Nullable List<SeenBlock> listed;
    private @Nullable List<SeenClaim> listedClaims;
    private @Nullable Desk desk;
    private int position;
    private int blocksFrom;
    private final List<List<Write>> stages = new ArrayList<>();

    SimulatedOperator(SimulatedCluster cluster, Settings settings, SplittableRandom random) {
        this.cluster = cluster;
        this.settings = settings;
        this.random = random;
    }

    void die() {
        desk = null;
        listed = null;
        listedClaims = null;
        stages.clear();
    }

    /** One list, one write, or one look at the events and a decision; false if there was nothing to do. */
    boolean step() {
        if (listed == null) {
            listed = List.copyOf(cluster.blocks.values());
            return true;
        }
        if (listedClaims == null) {
            position = cluster.events.size();
            listedClaims = List.copyOf(cluster.claims.values());
            return true;
        }
        Desk at = desk;
        if (at == null) {
            blocksFrom = cluster.events.size();
            List<SeenBlock> again = List.copyOf(cluster.blocks.values());
            if (!Desk.isQuiet(listed, again)) {
                die();
                return true;
            }
            desk = Desk.open(settings, again, listedClaims, cluster.now);
            decide(desk);
            return true;
        }
        while (!stages.isEmpty() && stages.getFirst().isEmpty()) stages.removeFirst();
        if (!stages.isEmpty()) {
            write(at, stages.getFirst().removeLast());
            return true;
        }
        boolean news = position < cluster.events.size();
        int until = news ? random.nextInt(position, cluster.events.size()) + 1 : position;
        for (; position < until; position++) {
            if (!show(at, cluster.events.get(position), position >= blocksFrom)) {
                die();
                return true;
            }
        }
        decide(at);
        return news || !stages.isEmpty() || at.nextDue() <= cluster.now;
    }

    private boolean show(Desk at, SimulatedCluster.Event event, boolean sinceBlocks) {
        return switch (event) {
            case SimulatedCluster.Event.OfBlock(SeenBlock block) -> !sinceBlocks || at.see(block);
            case SimulatedCluster.Event.BlockGone(String id) -> !sinceBlocks || at.blockGone(id);
            case SimulatedCluster.Event.OfClaim(SeenClaim claim) -> at.see(claim);
            case SimulatedCluster.Event.ClaimGone(String id) -> {
                at.claimGone(id);
                yield true;
            }
        };
    }

    private void decide(Desk at) {
        at.turn(cluster.now);
        for (List<Write> stage : at.writes()) {
            List<Write> shuffled = new ArrayList<>(stage);
            Collections.shuffle(shuffled, new Random(random.nextLong()));
            if (!shuffled.isEmpty()) stages.add(shuffled);
        }
    }

    private void write(Desk at, Write write) {
        String version = cluster.store(write);
        if (!version.isEmpty()) {
            at.stored(write, version);
            return;
        }
        // Its deletion is among the events to come.
        if (write instanceof Write.OfClaim && !cluster.claims.containsKey(write.id())) return;
        boolean same = switch (write) {
            case Write.Note _ -> false;
            case Write.OfBlock _ -> {
                SeenBlock now = cluster.blocks.get(write.id());
                yield now != null && at.reread(now);
            }
            case Write.OfClaim _ -> {
                SeenClaim now = cluster.claims.get(write.id());
                yield now != null && at.reread(now);
            }
        };
        if (same) {
            String again = cluster.store(write);
            if (!again.isEmpty()) {
                at.stored(write, again);
                return;
            }
        }
        die();
    }
}
