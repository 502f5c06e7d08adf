package dev.croft.capsule.bench;

import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.kv.Change;
import dev.croft.capsule.kv.KeyValueStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteOptions;

/**
 * YCSB's workloads A, B and C (Cooper et al., SoCC 2010) on the key-value store beside RocksDB, turn by turn: values of 1000 bytes, keys drawn
 * by its scrambled Zipfian distribution, one thread. As in YCSB's own binding RocksDB writes ahead but does not sync; the store writes behind in
 * the same way. Both are synced at the end, within the time. Ours also encrypts, hashes and signs.
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

    private interface Store extends AutoCloseable {
        byte[] get(byte[] key);

        void put(byte[] key, byte[] value);

        void sync();

        @Override
        void close();
    }

    /** Loads both stores and measures the three workloads. */
    public void run(Consumer<BenchResult> found) throws IOException {
        Path directory = workbench.fresh("kv");
        Path rocks = Files.createDirectories(workbench.fresh("rocksdb"));
        try (Store ours = capsule(directory);
                Store theirs = rocksDb(rocks)) {
            SplittableRandom values = new SplittableRandom(1);
            found.accept(result("load", records, time(() -> load(ours, values)), time(() -> load(theirs, values))));
            for (var workload : List.of(new Workload("A", 50), new Workload("B", 5), new Workload("C", 0))) {
                found.accept(measure(workload, ours, theirs));
            }
        }
        Workbench.delete(directory);
        Workbench.delete(rocks);
    }

    private record Workload(String name, int updatesInHundred) {}

    private BenchResult measure(Workload workload, Store ours, Store theirs) {
        double seconds = 0;
        double baseline = 0;
        long operations = 0;
        Zipfian keys = new Zipfian(records);
        for (int turn = 0; turn < TURNS; turn++) {
            long seed = turn;
            long start = System.nanoTime();
            long count = 0;
            SplittableRandom random = new SplittableRandom(seed);
            do {
                for (int i = 0; i < 100; i++) {
                    operate(ours, workload, keys, random);
                }
                count += 100;
            } while (System.nanoTime() - start < workbench.each().toNanos() / TURNS);
            ours.sync();
            double took = Workbench.since(start);
            long again = count;
            double theirTime = time(() -> {
                SplittableRandom same = new SplittableRandom(seed);
                for (long i = 0; i < again; i++) {
                    operate(theirs, workload, keys, same);
                }
                theirs.sync();
            });
            // The first turn warms both up.
            if (turn > 0) {
                seconds += took;
                baseline += theirTime;
                operations += count;
            }
        }
        return result("YCSB " + workload.name, operations, seconds, baseline);
    }

    private BenchResult result(String what, long operations, double seconds, double baseline) {
        return new BenchResult(
                "key-value view, " + what + ", " + records + " keys x " + VALUE_BYTES + " B",
                operations,
                "operations",
                seconds,
                baseline,
                "RocksDB, written ahead, not encrypted, turn by turn");
    }

    private void operate(Store store, Workload workload, Zipfian keys, SplittableRandom random) {
        byte[] key = key(keys.next(random));
        if (random.nextInt(100) < workload.updatesInHundred) {
            store.put(key, value(random));
        } else if (store.get(key).length != VALUE_BYTES) {
            throw new IllegalStateException("a value got lost");
        }
    }

    private void load(Store store, SplittableRandom values) {
        for (int i = 0; i < records; i++) {
            store.put(key(i), value(values));
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

    private static Store capsule(Path directory) {
        CapsuleWriter writer = Workbench.Keys.fresh().create(directory);
        KeyValueStore store = new KeyValueStore(writer);
        return new Store() {
            @Override
            public byte[] get(byte[] key) {
                return store.get(key).orElseThrow();
            }

            @Override
            public void put(byte[] key, byte[] value) {
                store.writeBehind(List.of(new Change.Put(key, value)));
            }

            @Override
            public void sync() {
                store.sync();
            }

            @Override
            public void close() {
                store.close();
                writer.close();
            }
        };
    }

    private static Store rocksDb(Path directory) {
        RocksDB.loadLibrary();
        Options options = new Options().setCreateIfMissing(true);
        WriteOptions unsynced = new WriteOptions();
        RocksDB database;
        try {
            database = RocksDB.open(options, directory.toString());
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
        return new Store() {
            @Override
            public byte[] get(byte[] key) {
                try {
                    return database.get(key);
                } catch (RocksDBException e) {
                    throw new IllegalStateException(e);
                }
            }

            @Override
            public void put(byte[] key, byte[] value) {
                try {
                    database.put(unsynced, key, value);
                } catch (RocksDBException e) {
                    throw new IllegalStateException(e);
                }
            }

            @Override
            public void sync() {
                try {
                    database.syncWal();
                } catch (RocksDBException e) {
                    throw new IllegalStateException(e);
                }
            }

            @Override
            public void close() {
                database.close();
                unsynced.close();
                options.close();
            }
        };
    }

    /** Numbers below a bound, the small ones drawn more often, by Gray et al. (SIGMOD 1994), as YCSB does with theta 0.99. */
    private static final class Zipfian {
        private static final double THETA = 0.99;

        private final int bound;
        private final double zeta;
        private final double eta;

        Zipfian(int bound) {
            this.bound = bound;
            double sum = 0;
            for (int i = 1; i <= bound; i++) {
                sum += 1 / Math.pow(i, THETA);
            }
            this.zeta = sum;
            this.eta = (1 - Math.pow(2.0 / bound, 1 - THETA)) / (1 - (1 + Math.pow(0.5, THETA)) / zeta);
        }

        int next(SplittableRandom random) {
            double u = random.nextDouble();
            double scaled = u * zeta;
            if (scaled < 1) {
                return 0;
            }
            if (scaled < 1 + Math.pow(0.5, THETA)) {
                return 1;
            }
            return Math.min(bound - 1, (int) (bound * Math.pow(eta * u - eta + 1, 1 / (1 - THETA))));
        }
    }
}
