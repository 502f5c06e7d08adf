package dev.croft.capsule.kv;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleRecord;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;

/**
 * The state of a key-value capsule, now or as of any past record or time. It keeps each key's history of record numbers in
 * memory and reads values from the capsule when they are asked for; it is rebuilt by reading the capsule from the start. One
 * writer's store has any number of such views, on any copy of the capsule.
 *
 * <p>Thread-safe: reads run beside {@link #refresh}.
 */
public final class KeyValueView {
    private static final int BATCH = 1024;

    private final CapsuleReader reader;
    private final ConcurrentSkipListMap<Key, Versions> index = new ConcurrentSkipListMap<>();
    private volatile long applied;

    /** Reads the capsule up to the reader's head. */
    public KeyValueView(CapsuleReader reader) {
        this.reader = reader;
        apply(reader.size());
    }

    /** Takes in what was appended since; returns how many records of the capsule are in the view. */
    public synchronized long refresh() {
        apply(reader.refresh().size());
        return applied;
    }

    /** How many records of the capsule are in the view. */
    public long applied() {
        return applied;
    }

    /** The key's value now. */
    public Optional<byte[]> get(byte[] key) {
        return get(key, applied);
    }

    /** The key's value when the capsule had {@code size} records. */
    public Optional<byte[]> get(byte[] key, long size) {
        Versions versions = index.get(new Key(key));
        long record = versions == null ? -1 : versions.before(Math.min(size, applied));
        return record < 0 ? Optional.empty() : value(key, record);
    }

    /** The key's value at this time by the writer's clock. */
    public Optional<byte[]> get(byte[] key, Instant time) {
        return get(key, sizeAt(time));
    }

    /** How many records in the view the writer had appended at this time. */
    public long sizeAt(Instant time) {
        long low = 0;
        long high = applied;
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (reader.header(middle).timestamp().isAfter(time)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** Keys from one (with it) to another (without it) that have a value when the capsule has {@code size} records, in order. */
    public Stream<byte[]> keys(byte[] from, byte[] to, long size) {
        long until = Math.min(size, applied);
        return index.subMap(new Key(from), true, new Key(to), false).entrySet().stream()
                .filter(entry -> {
                    long record = entry.getValue().before(until);
                    return record >= 0 && value(entry.getKey().bytes, record).isPresent();
                })
                .map(entry -> entry.getKey().bytes.clone());
    }

    private Optional<byte[]> value(byte[] key, long record) {
        List<Change> changes = Change.decode(reader.read(record).body());
        for (Change change : changes.reversed()) {
            if (Arrays.equals(change.key(), key)) {
                return change instanceof Change.Put put ? Optional.of(put.value()) : Optional.empty();
            }
        }
        throw new IllegalStateException("record " + record + " does not name the key it was indexed under");
    }

    private void apply(long size) {
        while (applied < size) {
            long to = Math.min(size, applied + BATCH);
            try (Stream<CapsuleRecord> records = reader.range(applied, to)) {
                records.forEach(record -> {
                    for (Change change : Change.decode(record.body())) {
                        index.computeIfAbsent(new Key(change.key()), key -> new Versions())
                                .add(record.sequence());
                    }
                });
            }
            applied = to;
        }
    }

    private record Key(byte[] bytes) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            return Arrays.compareUnsigned(bytes, other.bytes);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key key && Arrays.equals(bytes, key.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }
    }

    /** The records that changed one key, in order. */
    private static final class Versions {
        private long[] records = new long[1];
        private int count;

        synchronized void add(long record) {
            if (count > 0 && records[count - 1] == record) {
                return;
            }
            if (count == records.length) {
                records = Arrays.copyOf(records, count * 2);
            }
            records[count++] = record;
        }

        /** The last of them below {@code size}, or -1. */
        synchronized long before(long size) {
            int at = Arrays.binarySearch(records, 0, count, size);
            int last = (at >= 0 ? at : -at - 1) - 1;
            return last < 0 ? -1 : records[last];
        }
    }
}
