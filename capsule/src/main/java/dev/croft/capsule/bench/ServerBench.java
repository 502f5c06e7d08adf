package dev.croft.capsule.bench;

import static dev.croft.capsule.bench.Workbench.body;
import static dev.croft.capsule.bench.Workbench.delete;
import static dev.croft.capsule.bench.Workbench.fill;
import static dev.croft.capsule.bench.Workbench.since;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.bench.Workbench.Keys;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.replication.Durability;
import dev.croft.capsule.server.CapsuleServer;
import dev.croft.capsule.server.CapsuleShelf;
import dev.croft.capsule.server.Push;
import dev.croft.capsule.server.Reading;
import dev.croft.capsule.server.ReplicatedReader;
import dev.croft.capsule.server.ReplicatedWriter;
import dev.croft.capsule.server.ServerAddress;
import dev.croft.capsule.server.ServerClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/** Measures a capsule server over TLS on loopback: a new server catches up, a new reader does, and followers get what is appended. */
public final class ServerBench {
    private static final int BODY_BYTES = 128;
    private static final int BATCH = 512;
    private static final int[] FOLLOWERS = {1, 8, 32};

    private final Workbench bench;
    private final int records;

    /**
     * @param scratch an existing directory on the disk to measure; everything made in it is deleted again
     * @param each about how long each measurement takes
     * @param records in the capsule that servers and readers catch up with
     */
    public ServerBench(Path scratch, Duration each, int records) {
        this.bench = new Workbench(scratch, each);
        this.records = records;
    }

    /** A server and the capsule's owner, who is its writer too. */
    private record Site(CapsuleServer server, CapsuleShelf shelf, SigningKey key, Path folder)
            implements AutoCloseable {
        static Site start(Path folder) throws IOException {
            SigningKey key = SigningKey.generate();
            var shelf = new CapsuleShelf(folder, key, CapsuleShelf.Limits.standard(), InstantSource.system());
            var any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            return new Site(CapsuleServer.start(shelf, any), shelf, key, folder);
        }

        ServerAddress address() {
            return new ServerAddress(key.verifyingKey(), "127.0.0.1", server.port());
        }

        Delegation serving(Keys keys, CapsuleMetadata metadata) {
            Instant now = Instant.now();
            return Delegation.issue(
                    keys.writer(),
                    metadata.name(),
                    Role.SERVE,
                    key.verifyingKey(),
                    now.minusSeconds(600),
                    now.plusSeconds(36_000));
        }

        @Override
        public void close() {
            server.close();
            shelf.close();
        }
    }

    /** Measures everything. */
    public void run(Consumer<BenchResult> found) throws IOException, InterruptedException {
        Keys keys = Keys.fresh();
        Path directory = bench.fresh("history");
        fill(keys, directory, records, 4096, BODY_BYTES);
        long bytes = bytes(directory);
        double raw = copyAndSync(directory);
        Path folder = bench.fresh("server");
        try (Site site = Site.start(folder)) {
            long start = System.nanoTime();
            CapsuleMetadata metadata = push(site, keys, directory);
            found.accept(new BenchResult(
                    "a new server catches up over TLS with " + records + " records",
                    bytes,
                    "bytes",
                    since(start),
                    raw,
                    "copying the files and syncing them, unverified"));
            Path copy = bench.fresh("copy");
            start = System.nanoTime();
            try (var reader = new ReplicatedReader(
                    copy, metadata, List.of(site.address()), new Reading(keys.writer(), null), 1)) {
                reader.refresh(Instant.EPOCH);
            }
            found.accept(new BenchResult(
                    "a new reader catches up over TLS with " + records + " records",
                    bytes,
                    "bytes",
                    since(start),
                    raw,
                    "copying the files and syncing them, unverified"));
            delete(copy);
        }
        delete(folder);
        delete(directory);
        fanOut(found);
    }

    private static CapsuleMetadata push(Site site, Keys keys, Path directory) {
        try (CapsuleReader reader = CapsuleReader.open(directory, null);
                var client = new ServerClient(site.address(), reader.metadata(), new Reading(keys.writer(), null))) {
            Push.to(client, reader, site.serving(keys, reader.metadata()));
            return reader.metadata();
        }
    }

    /** How fast records that are appended reach all followers, each of which verifies them and keeps them on disk. */
    private void fanOut(Consumer<BenchResult> found) throws IOException, InterruptedException {
        int total = Math.max(BATCH, Math.min(records, 64 * BATCH));
        // Code is compiled and loaded by then.
        double one = deliver(1, total);
        for (int followers : FOLLOWERS) {
            double seconds = deliver(followers, total);
            if (followers == 1) {
                one = seconds;
            }
            found.accept(new BenchResult(
                    followers + (followers == 1 ? " follower" : " followers") + " over TLS, batches of " + BATCH,
                    (long) followers * total,
                    "deliveries",
                    seconds,
                    followers * one,
                    "one follower, as often"));
        }
    }

    private double deliver(int followers, int total) throws IOException, InterruptedException {
        Keys keys = Keys.fresh();
        Path directory = bench.fresh("live");
        Path folder = bench.fresh("server");
        List<Path> copies = new ArrayList<>();
        List<ReplicatedReader> readers = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        double seconds;
        try (Site site = Site.start(folder);
                CapsuleWriter local = keys.create(directory);
                var writer = new ReplicatedWriter(
                        local,
                        directory,
                        List.of(new ReplicatedWriter.Target(site.address(), site.serving(keys, local.metadata()))),
                        new Reading(keys.writer(), null),
                        Durability.ALL,
                        Duration.ofSeconds(60))) {
            List<byte[]> bodies = Collections.nCopies(BATCH, body(BODY_BYTES));
            writer.append(bodies);
            var ready = new CountDownLatch(followers);
            var done = new CountDownLatch(followers);
            for (int i = 0; i < followers; i++) {
                Path copy = bench.fresh("follower");
                var reader = new ReplicatedReader(
                        copy, local.metadata(), List.of(site.address()), new Reading(keys.writer(), null), 1);
                copies.add(copy);
                readers.add(reader);
                threads.add(Thread.ofVirtual().start(() -> follow(reader, BATCH + total, ready, done)));
            }
            ready.await();
            long start = System.nanoTime();
            for (int sent = 0; sent < total; sent += BATCH) {
                writer.append(bodies);
            }
            done.await();
            seconds = since(start);
        } finally {
            threads.forEach(Thread::interrupt);
            for (Thread thread : threads) {
                thread.join();
            }
            readers.forEach(ReplicatedReader::close);
        }
        for (Path copy : copies) {
            delete(copy);
        }
        delete(folder);
        delete(directory);
        return seconds;
    }

    private static void follow(ReplicatedReader reader, long until, CountDownLatch ready, CountDownLatch done) {
        try {
            reader.follow(head -> {
                if (head.size() >= BATCH) {
                    ready.countDown();
                }
                if (head.size() >= until) {
                    done.countDown();
                    return false;
                }
                return true;
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private double copyAndSync(Path directory) throws IOException {
        Path plain = bench.fresh("plain");
        long start = System.nanoTime();
        try (FileChannel out = FileChannel.open(plain, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (Path file : files(directory)) {
                out.write(ByteBuffer.wrap(Files.readAllBytes(file)));
            }
            out.force(false);
        }
        double seconds = since(start);
        Files.delete(plain);
        return seconds;
    }

    private static long bytes(Path directory) throws IOException {
        long bytes = 0;
        for (Path file : files(directory)) {
            bytes += Files.size(file);
        }
        return bytes;
    }

    private static List<Path> files(Path directory) throws IOException {
        try (var walk = Files.walk(directory)) {
            return walk.filter(Files::isRegularFile).toList();
        }
    }
}
