package dev.croft.capsule.bench;

import static dev.croft.capsule.bench.Workbench.body;
import static dev.croft.capsule.bench.Workbench.delete;
import static dev.croft.capsule.bench.Workbench.fill;
import static dev.croft.capsule.bench.Workbench.hash;
import static dev.croft.capsule.bench.Workbench.seal;
import static dev.croft.capsule.bench.Workbench.since;

import dev.croft.capsule.CapsuleVerifier;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.VerificationReport;
import dev.croft.capsule.bench.Workbench.Keys;
import dev.croft.capsule.crypto.SigningKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Measures appending to and verifying a capsule in a scratch directory, against the bare primitives on the same bytes with no
 * structure around them.
 */
public final class CapsuleBench {
    private static final Duration TURN = Duration.ofMillis(50);

    private final Workbench bench;

    /**
     * @param scratch an existing directory on the disk to measure; everything made in it is deleted again
     * @param each about how long each measurement and each baseline takes
     */
    public CapsuleBench(Path scratch, Duration each) {
        this.bench = new Workbench(scratch, each);
    }

    /**
     * Durable appends by one thread in batches, against hashing and sealing the same bodies in memory, and against hashing, sealing, one signature per
     * batch, writing and syncing of them. All take turns, so that a disk or a neighbour that is slow for a while slows each.
     */
    public List<BenchResult> append(int batch, int bodyBytes) throws IOException {
        List<byte[]> bodies = Collections.nCopies(batch, body(bodyBytes));
        Path directory = bench.fresh("append");
        long commits = 0;
        double seconds = 0;
        double raw = 0;
        double bare = 0;
        try (CapsuleWriter writer = Keys.fresh().create(directory);
                RawLog log = new RawLog(bench.fresh("raw"), batch, bodyBytes)) {
            bench.warm(() -> {
                writer.append(bodies);
                log.append();
            });
            while (seconds + raw + bare < 2 * bench.each().toNanos() / 1e9) {
                long start = System.nanoTime();
                int turn = 0;
                do {
                    writer.append(bodies);
                    turn++;
                } while (System.nanoTime() - start < TURN.toNanos());
                seconds += since(start);
                start = System.nanoTime();
                for (int i = 0; i < turn; i++) {
                    log.append();
                }
                raw += since(start);
                start = System.nanoTime();
                hash((long) turn * batch, bodyBytes);
                seal((long) turn * batch, bodyBytes);
                bare += since(start);
                commits += turn;
            }
        }
        delete(directory);
        String name = "append, durable, batch " + batch + " x " + bodyBytes + " B";
        return List.of(
                new BenchResult(
                        name,
                        commits * batch,
                        "records",
                        seconds,
                        raw,
                        "SHA-256, AES-256-GCM, an Ed25519 signature, write and fdatasync of the same bodies"),
                new BenchResult(
                        name,
                        commits * batch * bodyBytes,
                        "bytes",
                        seconds,
                        bare,
                        "SHA-256 and AES-256-GCM of the same bodies in memory, one thread"));
    }

    /** Appending to two capsules on two threads, against one after the other on one. */
    public BenchResult appendOnTwoThreads(int records, int batch, int bodyBytes)
            throws IOException, InterruptedException {
        double together = Double.MAX_VALUE;
        double inTurn = Double.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            List<Path> made = new ArrayList<>();
            for (int n = 0; n < 4; n++) {
                made.add(bench.fresh("two"));
            }
            long start = System.nanoTime();
            Thread other = Thread.ofPlatform().start(() -> fill(Keys.fresh(), made.get(0), records, batch, bodyBytes));
            fill(Keys.fresh(), made.get(1), records, batch, bodyBytes);
            other.join();
            together = Math.min(together, since(start));
            start = System.nanoTime();
            fill(Keys.fresh(), made.get(2), records, batch, bodyBytes);
            fill(Keys.fresh(), made.get(3), records, batch, bodyBytes);
            inTurn = Math.min(inTurn, since(start));
            for (Path directory : made) {
                delete(directory);
            }
        }
        return new BenchResult(
                "append to two capsules on two threads, batch " + batch + " x " + bodyBytes + " B",
                2L * records * bodyBytes,
                "bytes",
                together,
                inTurn,
                "the same two, one after the other on one thread");
    }

    /**
     * Durable appends of single records by many callers at once, against one thread that writes and syncs as many records of the
     * same size one after the other.
     */
    public BenchResult concurrent(int callers, int bodyBytes) throws IOException, InterruptedException {
        byte[] body = body(bodyBytes);
        Path directory = bench.fresh("callers");
        var appended = new AtomicLong();
        double seconds;
        try (CapsuleWriter writer = Keys.fresh().create(directory)) {
            bench.warm(() -> writer.append(body));
            long start = System.nanoTime();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                threads.add(Thread.ofVirtual().start(() -> {
                    do {
                        writer.append(body);
                        appended.incrementAndGet();
                    } while (System.nanoTime() - start < bench.each().toNanos());
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            seconds = since(start);
        }
        delete(directory);
        return new BenchResult(
                "append, durable, " + callers + " callers, " + bodyBytes + " B each",
                appended.get(),
                "records",
                seconds,
                appended.get() * rawSyncSeconds(bodyBytes),
                "a write and an fdatasync for each of the same records");
    }

    private double rawSyncSeconds(int bodyBytes) throws IOException {
        Path file = bench.fresh("raw");
        ByteBuffer block = ByteBuffer.wrap(body(bodyBytes));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            long start = System.nanoTime();
            long times = bench.repeat(() -> {
                try {
                    channel.write(block.rewind());
                    channel.force(false);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            return since(start) / times;
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /** Verifying two capsules on two threads, against one after the other on one. */
    public BenchResult verifyOnTwoThreads(int records, int batch, int bodyBytes)
            throws IOException, InterruptedException {
        List<Path> both = List.of(bench.fresh("verify"), bench.fresh("verify"));
        for (Path directory : both) {
            fill(Keys.fresh(), directory, records, batch, bodyBytes);
        }
        double together = Double.MAX_VALUE;
        double inTurn = Double.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            long start = System.nanoTime();
            Thread other = Thread.ofPlatform().start(() -> CapsuleVerifier.verify(both.getLast()));
            CapsuleVerifier.verify(both.getFirst());
            other.join();
            together = Math.min(together, since(start));
            start = System.nanoTime();
            both.forEach(CapsuleVerifier::verify);
            inTurn = Math.min(inTurn, since(start));
        }
        for (Path directory : both) {
            delete(directory);
        }
        return new BenchResult(
                "verify two capsules on two threads, " + bodyBytes + " B",
                2L * records * bodyBytes,
                "bytes",
                together,
                inTurn,
                "the same two, one after the other on one thread");
    }

    /** Verifying a whole capsule, against hashing, sealing and one signature check per batch of the same bodies. */
    public BenchResult verify(int records, int batch, int bodyBytes) throws IOException {
        Keys keys = Keys.fresh();
        Path directory = bench.fresh("verify");
        fill(keys, directory, records, batch, bodyBytes);
        double best = Double.MAX_VALUE;
        double raw = Double.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            long start = System.nanoTime();
            VerificationReport report = CapsuleVerifier.verify(directory);
            best = Math.min(best, since(start));
            if (!report.intact() || report.records() != records) {
                throw new IllegalStateException("a fresh capsule does not verify: " + report);
            }
            raw = Math.min(raw, rawVerify(records, batch, bodyBytes));
        }
        delete(directory);
        return new BenchResult(
                "verify, batch " + batch + " x " + bodyBytes + " B",
                (long) records * bodyBytes,
                "bytes",
                best,
                raw,
                "SHA-256, AES-256-GCM and an Ed25519 check per batch of the same bodies, one thread");
    }

    /** A file to which batches are written with the same primitives and no structure. */
    private static final class RawLog implements AutoCloseable {
        private final Path file;
        private final FileChannel channel;
        private final int batch;
        private final int bodyBytes;
        private final byte[] block;
        private final byte[] head = body(128);
        private final SigningKey key = SigningKey.generate();

        RawLog(Path file, int batch, int bodyBytes) throws IOException {
            this.file = file;
            this.batch = batch;
            this.bodyBytes = bodyBytes;
            block = body(batch * bodyBytes);
            channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        }

        void append() {
            hash(batch, bodyBytes);
            seal(batch, bodyBytes);
            key.sign(head);
            try {
                channel.write(ByteBuffer.wrap(block));
                channel.force(false);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
            Files.deleteIfExists(file);
        }
    }

    private static double rawVerify(int records, int batch, int bodyBytes) {
        byte[] body = body(bodyBytes);
        SigningKey key = SigningKey.generate();
        byte[] signature = key.sign(body);
        long start = System.nanoTime();
        hash(records, bodyBytes);
        seal(records, bodyBytes);
        for (int i = 0; i < records / batch; i++) {
            key.verifyingKey().verify(body, signature);
        }
        return since(start);
    }
}
