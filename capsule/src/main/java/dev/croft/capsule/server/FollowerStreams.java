package dev.croft.capsule.server;

import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.replication.Fragment;
import dev.croft.capsule.replication.Point;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.replication.Summary;
import dev.croft.capsule.replication.Want;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/** Streams fragments to followers as they come, each behind its length (4); length 0 says that the server is still there. Thread-safe. */
final class FollowerStreams {
    /** How often a follower hears of a server that has nothing new. */
    static final long ALIVE_MILLIS = 5_000;

    /** How long a stream lasts at most; the follower comes back with what it has. */
    private static final long LEASE_MILLIS = 600_000;

    private static final int MOST_FOLLOWERS = 4096;

    private final CapsuleShelf shelf;
    private final Semaphore followers = new Semaphore(MOST_FOLLOWERS);

    FollowerStreams(CapsuleShelf shelf) {
        this.shelf = shelf;
    }

    /** Begins an answer. */
    @FunctionalInterface
    interface Opening {
        OutputStream open() throws IOException;
    }

    /** How many streams there are just now. */
    int count() {
        return MOST_FOLLOWERS - followers.availablePermits();
    }

    /**
     * Serves one follower until it goes or its lease ends.
     *
     * @throws ReplicationException.NoRoom when there are too many
     */
    void serve(HeldCapsule capsule, Want want, Opening opening) throws IOException {
        if (!followers.tryAcquire()) {
            throw new ReplicationException.NoRoom("too many followers");
        }
        try {
            stream(capsule, want, opening.open());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            followers.release();
        }
    }

    private void stream(HeldCapsule capsule, Want want, OutputStream out) throws IOException, InterruptedException {
        List<Point> sent = new ArrayList<>(want.have());
        long end = System.nanoTime() + LEASE_MILLIS * 1_000_000;
        long seen = -1;
        while (System.nanoTime() < end) {
            long changes = capsule.changes();
            if (changes == seen) {
                out.write(new byte[4]);
            }
            // The delegation may have ended since.
            shelf.capsule(capsule.metadata().name());
            for (Summary.Part part : capsule.summary().parts()) {
                send(capsule, Point.of(part.tip()), want.enough(), sent, out);
            }
            out.flush();
            seen = capsule.awaitChange(changes, ALIVE_MILLIS) == changes ? changes : -1;
        }
    }

    private static void send(HeldCapsule capsule, Point tip, int enough, List<Point> sent, OutputStream out)
            throws IOException {
        while (!sent.contains(tip)) {
            Optional<Fragment> fragment = capsule.fetch(new Want(tip, sent, enough));
            if (fragment.isEmpty()) {
                return;
            }
            byte[] encoded = fragment.get().encoded();
            out.write(new ByteWriter().u32(encoded.length).toBytes());
            out.write(encoded);
            Point reached = Point.of(fragment.get().head());
            if (sent.contains(reached)) {
                return;
            }
            sent.addFirst(reached);
            if (sent.size() > Want.MOST_POINTS) {
                sent.removeLast();
            }
        }
    }
}
