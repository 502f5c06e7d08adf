package dev.croft.capsule.replication;

import dev.croft.capsule.Standing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Anti-entropy: a replica pulls from another what it lacks, by heads and missing ranges. It can be cut off at any point and goes on where it
 * was; what comes late, twice or out of order does no harm.
 */
public final class Repair {
    private static final int MOST_ROUNDS = 1 << 20;

    private Repair() {}

    /**
     * What a pull brought.
     *
     * @param fragments how many were taken in
     * @param bytes of frames that came
     * @param complete whether the other replica has nothing more for this one
     */
    public record Report(int fragments, long bytes, boolean complete) {}

    /**
     * Pulls everything that the other replica has.
     *
     * @param enough about how many bytes of frames to ask for at once
     * @throws ReplicationException.Unreachable when the other does not answer; what came so far is kept
     */
    public static Report pull(Replica mine, Peer other, int enough) {
        Summary theirs = other.summary();
        theirs.evidence().forEach(mine::accept);
        int fragments = 0;
        long bytes = 0;
        boolean complete = true;
        for (Want want : mine.wants(theirs, enough)) {
            var pass = new Pass(mine, other, want);
            complete &= pass.run();
            fragments += pass.fragments;
            bytes += pass.bytes;
        }
        return new Report(fragments, bytes, complete);
    }

    /** One heartbeat's history. */
    private static final class Pass {
        private final Replica mine;
        private final Peer other;
        private final Want want;
        private final List<Point> reached = new ArrayList<>();
        private int fragments;
        private long bytes;

        Pass(Replica mine, Peer other, Want want) {
            this.mine = mine;
            this.other = other;
            this.want = want;
        }

        /** Whether what was wanted is here now. */
        boolean run() {
            for (int round = 0; round < MOST_ROUNDS; round++) {
                List<Point> have = new ArrayList<>(reached.reversed());
                have.addAll(want.have());
                Optional<Fragment> fragment = other.fetch(new Want(want.until(), have, want.enough()));
                if (fragment.isEmpty()) {
                    return false;
                }
                bytes += fragment.get().frames().length;
                Standing to;
                try {
                    to = mine.accept(fragment.get());
                } catch (ReplicationException.Forked | ReplicationException.Refused e) {
                    return false;
                }
                fragments++;
                Point at = Point.of(to);
                if (at.equals(want.until())) {
                    return true;
                }
                if (reached.contains(at)) {
                    return false;
                }
                reached.add(at);
                if (reached.size() > Want.MOST_POINTS / 4) {
                    reached.removeFirst();
                }
            }
            return false;
        }
    }
}
