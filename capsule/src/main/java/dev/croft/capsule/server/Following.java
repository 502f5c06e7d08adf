package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleReplica;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.replication.Fragment;
import dev.croft.capsule.replication.Point;
import dev.croft.capsule.replication.Repair;
import dev.croft.capsule.replication.Replica;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.replication.Want;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/** Keeps a replica up to a stream from one server after the other. Used by one thread at a time. */
final class Following {
    private static final int ENOUGH = 4 << 20;
    private static final long SILENCE_NANOS = 3 * FollowerStreams.ALIVE_MILLIS * 1_000_000;
    private static final long FIRST_PAUSE_MILLIS = 50;
    private static final long LONGEST_PAUSE_MILLIS = 2_000;

    private final Replica replica;
    private final CapsuleReplica main;
    private final Servers servers;
    private final Predicate<Heartbeat> grown;

    /** {@code main} is the replica's main piece, where key files go; {@code grown} says whether to go on. */
    Following(Replica replica, CapsuleReplica main, Servers servers, Predicate<Heartbeat> grown) {
        this.replica = replica;
        this.main = main;
        this.servers = servers;
        this.grown = grown;
    }

    void run() throws InterruptedException {
        long pause = FIRST_PAUSE_MILLIS;
        ServerClient failed = null;
        while (true) {
            List<ServerClient> near = servers.answeringNow();
            ServerClient other = failed;
            ServerClient next = near.stream()
                    .filter(server -> server != other)
                    .findFirst()
                    .orElse(near.isEmpty() ? null : near.getFirst());
            failed = null;
            if (next != null) {
                try {
                    if (!follow(next)) {
                        return;
                    }
                    pause = FIRST_PAUSE_MILLIS;
                } catch (IOException | ReplicationException | Malformed e) {
                    failed = next;
                }
            } else {
                servers.findOthers();
            }
            Thread.sleep(pause);
            pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
        }
    }

    private boolean follow(ServerClient server) throws IOException {
        List<Point> before = points();
        Repair.pull(replica, server, ENOUGH);
        KeyBundle.accept(main, server.keys());
        List<Point> have = points();
        if (!have.equals(before) && !grown.test(replica.summary().newest().orElseThrow())) {
            return false;
        }
        AtomicLong heard = new AtomicLong(System.nanoTime());
        try (InputStream in = server.follow(new Want(have.getFirst(), have, ENOUGH))) {
            Thread watch = Thread.ofVirtual().start(() -> watch(in, heard));
            try {
                while (true) {
                    int length = new ByteReader(exactly(in, 4)).u32();
                    heard.set(System.nanoTime());
                    if (length == 0) {
                        continue;
                    }
                    if (length < 0 || length > Fragment.MOST_ENCODED_BYTES) {
                        throw new Malformed("a fragment that is too long");
                    }
                    Fragment fragment = Fragment.decode(replica.metadata(), exactly(in, length));
                    Heartbeat head = replica.accept(fragment).heartbeat().orElseThrow();
                    if (main.keyFiles(head.epoch()).size() <= head.epoch()) {
                        KeyBundle.accept(main, server.keys());
                    }
                    if (!grown.test(head)) {
                        return false;
                    }
                }
            } finally {
                watch.interrupt();
            }
        }
    }

    private List<Point> points() {
        return replica.pieces().reversed().stream()
                .map(piece -> Point.of(piece.tip()))
                .toList();
    }

    /** A link that was cut says nothing, so a stream that is silent too long is closed. */
    private static void watch(InputStream in, AtomicLong heard) {
        try {
            while (System.nanoTime() - heard.get() < SILENCE_NANOS) {
                Thread.sleep(FollowerStreams.ALIVE_MILLIS / 2);
            }
            in.close();
        } catch (InterruptedException | IOException e) {
            // The stream has ended.
        }
    }

    private static byte[] exactly(InputStream in, int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new IOException("the stream ended");
        }
        return bytes;
    }
}
