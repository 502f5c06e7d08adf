package dev.croft.capsule.bench;

import static dev.croft.capsule.bench.Workbench.delete;
import static dev.croft.capsule.bench.Workbench.fill;
import static dev.croft.capsule.bench.Workbench.since;

import dev.croft.capsule.CapsuleOptions;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleReplica;
import dev.croft.capsule.bench.Workbench.Keys;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.proof.CapsuleTree;
import dev.croft.capsule.proof.ProofChecker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Measures a long capsule: opening it, random reads, proofs about it, copying it and following it. */
public final class HistoryBench {
    private static final int BODY_BYTES = 128;
    private static final int FOLLOWERS = 8;

    private final Workbench bench;
    private final int records;

    /**
     * @param scratch an existing directory on the disk to measure; everything made in it is deleted again
     * @param each about how long each measurement and each baseline takes
     * @param records in the capsule; it takes about 220 bytes of disk for each
     */
    public HistoryBench(Path scratch, Duration each, int records) {
        this.bench = new Workbench(scratch, each);
        this.records = records;
    }

    /** Makes the capsule and measures everything. */
    public void run(Consumer<BenchResult> found) throws IOException, InterruptedException {
        Keys keys = Keys.fresh();
        Path directory = bench.fresh("history");
        fill(keys, directory, records, 4096, BODY_BYTES);
        found.accept(open(keys, directory));
        for (int size = 1000; size < records; size *= 100) {
            check(size, found);
        }
        try (CapsuleReader reader = CapsuleReader.open(directory, keys.reader())) {
            found.accept(read(reader));
            proofs(reader, found);
            found.accept(follow(keys, directory));
            found.accept(copy(reader, directory));
        }
        delete(directory);
    }

    /** Opening after the files have left the page cache, where that can be had. */
    private BenchResult open(Keys keys, Path directory) throws IOException {
        boolean cold = true;
        double open = Double.MAX_VALUE;
        double plain = Double.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            cold &= Workbench.evict(directory);
            long start = System.nanoTime();
            try (CapsuleReader reader = CapsuleReader.open(directory, keys.reader())) {
                open = Math.min(open, since(start));
            }
            cold &= Workbench.evict(directory);
            start = System.nanoTime();
            try (Stream<Path> files = Files.list(directory.resolve("segments"))) {
                Path last = files.max(Comparator.naturalOrder()).orElseThrow();
                try (FileChannel channel = FileChannel.open(last, StandardOpenOption.READ)) {
                    channel.read(ByteBuffer.allocate(4096), channel.size() - 4096);
                }
            }
            plain = Math.min(plain, since(start));
        }
        return new BenchResult(
                (cold ? "cold" : "warm") + " open, " + records + " records",
                1,
                "openings",
                open,
                plain,
                "reading the last 4 KiB of the last file");
    }

    private BenchResult read(CapsuleReader reader) {
        SplittableRandom random = new SplittableRandom(1);
        // The first read in a segment steps over its frames.
        for (int part = 1; part <= 64; part++) {
            reader.read((long) records * part / 64 - 1);
        }
        bench.warm(() -> reader.read(random.nextInt(records)));
        long start = System.nanoTime();
        long reads = bench.repeat(() -> reader.read(random.nextInt(records)));
        double seconds = since(start);
        start = System.nanoTime();
        Workbench.seal(reads, BODY_BYTES);
        return new BenchResult(
                "random read of " + records + " records",
                reads,
                "records",
                seconds,
                since(start),
                "AES-256-GCM of the same bodies in memory");
    }

    private void proofs(CapsuleReader reader, Consumer<BenchResult> found) throws IOException {
        long start = System.nanoTime();
        var tree = new CapsuleTree(reader);
        double built = since(start);
        tree.keep();
        start = System.nanoTime();
        Workbench.hash(2L * records, 65);
        found.accept(new BenchResult(
                "tree for proofs, " + records + " records",
                records,
                "records",
                built,
                since(start),
                "SHA-256 of as many nodes and leaves"));
        start = System.nanoTime();
        new CapsuleTree(reader);
        double again = since(start);
        found.accept(new BenchResult(
                "tree for proofs that was kept, " + records + " records",
                records,
                "records",
                again,
                built,
                "the same by reading the capsule"));

        SplittableRandom random = new SplittableRandom(2);
        bench.warm(() -> proved(reader, tree, random.nextInt(records)));
        start = System.nanoTime();
        long reads = bench.repeat(() -> proved(reader, tree, random.nextInt(records)));
        double seconds = since(start);
        start = System.nanoTime();
        for (long i = 0; i < reads; i++) {
            reader.read(random.nextInt(records));
        }
        found.accept(new BenchResult(
                "random read with proof, " + records + " records",
                reads,
                "records",
                seconds,
                since(start),
                "random reads without"));

        check(tree, found);
    }

    /** A proof from a capsule of fewer records. */
    private void check(int size, Consumer<BenchResult> found) throws IOException {
        Keys keys = Keys.fresh();
        Path directory = bench.fresh("smaller");
        fill(keys, directory, size, 4096, BODY_BYTES);
        try (CapsuleReader reader = CapsuleReader.open(directory, null)) {
            check(new CapsuleTree(reader), found);
        }
        delete(directory);
    }

    private void check(CapsuleTree tree, Consumer<BenchResult> found) {
        long size = tree.head().size();
        byte[] encoded = tree.membership(size / 3, size / 3 + 1).encoded();
        bench.warm(() -> ProofChecker.check(tree.head().name(), encoded));
        long start = System.nanoTime();
        long checks = bench.repeat(() -> ProofChecker.check(tree.head().name(), encoded));
        double seconds = since(start);
        SigningKey key = SigningKey.generate();
        byte[] signed = Workbench.body(212);
        byte[] signature = key.sign(signed);
        start = System.nanoTime();
        for (long i = 0; i < checks; i++) {
            key.verifyingKey().verify(signed, signature);
        }
        found.accept(new BenchResult(
                "check of a proof of " + encoded.length + " bytes, " + size + " records",
                checks,
                "proofs",
                seconds,
                since(start),
                "an Ed25519 check each"));
    }

    private static void proved(CapsuleReader reader, CapsuleTree tree, long sequence) {
        reader.read(sequence);
        tree.membership(sequence, sequence + 1);
    }

    private BenchResult follow(Keys keys, Path directory) throws InterruptedException {
        int window = Math.min(records, 100_000);
        double one = follow(keys, directory, 1, window);
        double many = follow(keys, directory, FOLLOWERS, window);
        return new BenchResult(
                FOLLOWERS + " followers of one capsule",
                (long) FOLLOWERS * window,
                "records",
                many,
                FOLLOWERS * one,
                "one follower, as often");
    }

    private double follow(Keys keys, Path directory, int followers, int window) throws InterruptedException {
        long start = System.nanoTime();
        var delivered = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < followers; i++) {
            threads.add(Thread.ofPlatform().start(() -> {
                try (CapsuleReader reader = CapsuleReader.open(directory, keys.reader())) {
                    var follower = reader.follow(records - window);
                    for (int got = 0; got < window; ) {
                        int more = follower.poll(1024, Duration.ofSeconds(10)).size();
                        got += more;
                        delivered.addAndGet(more);
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        if (delivered.get() != (long) followers * window) {
            throw new IllegalStateException("followers got " + delivered + " records");
        }
        return since(start);
    }

    private BenchResult copy(CapsuleReader reader, Path directory) throws IOException {
        Path to = bench.fresh("replica");
        long start = System.nanoTime();
        try (CapsuleReplica replica = CapsuleReplica.open(to, reader.metadata(), CapsuleOptions.standard())) {
            replica.catchUp(reader);
        }
        double seconds = since(start);
        long bytes = bytes(to);
        delete(to);
        start = System.nanoTime();
        Path plain = bench.fresh("plain");
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ);
                        FileChannel out =
                                FileChannel.open(plain, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
                    in.transferTo(0, in.size(), out);
                    out.force(false);
                }
            }
        }
        double raw = since(start);
        Files.deleteIfExists(plain);
        return new BenchResult(
                "replica catches up with " + records + " records",
                bytes,
                "bytes",
                seconds,
                raw,
                "copying the files and syncing them, unverified");
    }

    private static long bytes(Path directory) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }
}
