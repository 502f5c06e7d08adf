package dev.croft.capsule.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * YCSB's workloads A, B and C (Cooper et al., SoCC 2010) on the key-value store beside RocksDB, turn by turn: values of 1000 bytes, keys drawn
 * by its scrambled Zipfian distribution. Unsynced, as in YCSB's own binding, RocksDB writes ahead but does not wait for the disk, and the store writes behind in
 * the same way; both are synced at the end, within the time. Synced, each update waits until it is durable, on both sides. Ours also encrypts,
 * hashes and signs.
 *
 * <p>Needs {@code org.rocksdb:rocksdbjni} on the class path.
 */
public final class KeyValueBench {
    private static final int TURNS = 4;
    private static final int VALUE_BYTES = 1000;

    private final Workbench workbench;
    private final int records;

    /**
     * @param scratch an existing directory on the disk to measure; everything made in it is deleted again
     * @param each about how long each measurement takes
     * @param records how many keys there are
     */
    public KeyValueBench(Path scratch, Duration each, int records) {
        this.workbench = new Workbench(scratch, each);
        this.records = records;
    }

    /** Whether the baseline is there. */
    public static boolean available() {
        try {
            Class.forName("org.rocksdb.RocksDB");
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /** Loads both stores and measures the workloads, by one thread and by several, then with synced updates. */
    public void run(Consumer<BenchResult> found) throws IOException {
        Path directory = workbench.fresh("kv");
        Path rocks = Files.createDirectories(workbench.fresh("rocksdb"));
        try (Store ours = Store.capsule(directory);
                Store theirs = Store.rocksDb(rocks)) {
            SplittableRandom values = new SplittableRandom(1);
            double load = time(() -> load(ours, values));
            found.accept(result("load", records, load, time(() -> load(theirs, values)), false));
            for (int threads : new int[] {1, 4}) {
                for (int updates : new int[] {50, 5, 0}) {
                    found.accept(measure(new Workload(updates, threads, false), ours, theirs));
                }
            }
            for (int threads : new int[] {1, 16}) {
                for (int updates : new int[] {50, 5}) {
                    found.accept(measure(new Workload(updates, threads, true), ours, theirs));
                }
            }
        }
        Workbench.delete(directory);
        Workbench.delete(rocks);
    }

    private record Workload(int updatesInHundred, int threads, boolean synced) {
        @Override
        public String toString() {
            String name = updatesInHundred == 50 ? "A" : updatesInHundred == 5 ? "B" : "C";
            return "YCSB " + name + ", " + threads + (threads == 1 ? " thread" : " threads")
                    + (synced ? ", each update synced" : "");
        }
    }

    private BenchResult measure(Workload workload, Store ours, Store theirs) {
        double seconds = 0;
        double baseline = 0;
        long operations = 0;
        Zipfian keys = new Zipfian(records);
        for (int turn = 0; turn < TURNS; turn++) {
            long until = System.nanoTime() + workbench.each().toNanos() / TURNS;
            long[] counts = new long[workload.threads];
            int seed = turn * workload.threads;
            double took = together(ours, counts, thread -> {
                SplittableRandom random = new SplittableRandom(seed + thread);
                do {
                    operate(ours, workload, keys, random);
                    counts[thread]++;
                } while (System.nanoTime() < until);
            });
            double theirTime = together(theirs, counts, thread -> {
                SplittableRandom same = new SplittableRandom(seed + thread);
                for (long i = 0; i < counts[thread]; i++) {
                    operate(theirs, workload, keys, same);
                }
            });
            // The first turn warms both up.
            if (turn > 0) {
                seconds += took;
                baseline += theirTime;
                operations += Arrays.stream(counts).sum();
            }
        }
        return result(workload.toString(), operations, seconds, baseline, workload.synced);
    }

    /** How long all threads took, and the store until everything was durable. */
    private static double together(Store store, long[] counts, IntConsumer work) {
        return time(() -> {
            List<Thread> threads = IntStream.range(0, counts.length)
                    .mapToObj(thread -> Thread.ofPlatform().start(() -> work.accept(thread)))
                    .toList();
            for (Thread thread : threads) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    throw new IllegalStateException("interrupted while measuring", e);
                }
            }
            store.sync();
        });
    }

    private BenchResult result(String what, long operations, double seconds, double baseline, boolean synced) {
        return new BenchResult(
                "key-value view, " + what + ", " + records + " keys x " + VALUE_BYTES + " B",
                operations,
                "operations",
                seconds,
                baseline,
                "RocksDB, not encrypted, turn by turn" + (synced ? ", synced too" : ""));
    }

    private void operate(Store store, Workload workload, Zipfian keys, SplittableRandom random) {
        byte[] key = key(keys.next(random));
        if (random.nextInt(100) < workload.updatesInHundred) {
            store.put(key, value(random), workload.synced);
        } else if (store.get(key).length != VALUE_BYTES) {
            throw new IllegalStateException("a value got lost");
        }
    }

    private void load(Store store, SplittableRandom values) {
        for (int i = 0; i < records; i++) {
            store.put(key(i), value(values), false);
        }
        store.sync();
    }

    private static double time(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return Workbench.since(start);
    }

    /** YCSB spreads its keys by a hash, so that frequent ones are no neighbours. */
    private static byte[] key(int number) {
        long hash = (number ^ 0xcbf29ce484222325L) * 0x100000001b3L;
        return ("user" + Long.toUnsignedString(hash)).getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] value(SplittableRandom random) {
        byte[] value = new byte[VALUE_BYTES];
        random.nextBytes(value);
        return value;
    }
}
