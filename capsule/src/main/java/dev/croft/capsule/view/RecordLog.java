package dev.croft.capsule.view;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleRecord;
import dev.croft.capsule.HashPointer;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The bodies of a capsule's records as a view reads them. Thread-safe. */
public interface RecordLog {
    /** Takes one record's body. */
    @FunctionalInterface
    interface Visitor {
        void record(long sequence, byte[] body);

        /** A record that this reader has no key for; refused unless the visitor can do without it. */
        default void unreadable(long sequence, CapsuleException.NotAReader reason) {
            throw reason;
        }
    }

    /** How many records there are to be seen. */
    long size();

    /** A record's body; not to be changed. */
    byte[] body(long sequence);

    /** Shows records {@code from} up to but not including {@code to} in order. What was shredded is left out. */
    void scan(long from, long to, Visitor visitor);

    /** When the writer appended this record, by its clock. */
    Instant time(long sequence);

    /** The writer's extra hash pointers of a record; none where the log does not know them. */
    default List<HashPointer> pointers(long sequence) {
        return List.of();
    }

    /** Whether the record that a pointer names has the hash that it names. */
    default boolean holds(HashPointer pointer) {
        return false;
    }

    /** How many of the first {@code size} records the writer had appended at this time. */
    default long sizeAt(Instant time, long size) {
        long low = 0;
        long high = size;
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (time(middle).isAfter(time)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** The log of a copy of a capsule; {@code CapsuleReader.refresh} lets it grow. */
    static RecordLog of(CapsuleReader reader) {
        return new RecordLog() {
            @Override
            public long size() {
                return reader.size();
            }

            @Override
            public byte[] body(long sequence) {
                return reader.read(sequence).body();
            }

            @Override
            public void scan(long from, long to, Visitor visitor) {
                each(() -> reader.range(from, to), from, visitor);
            }

            @Override
            public Instant time(long sequence) {
                return reader.header(sequence).timestamp();
            }

            @Override
            public List<HashPointer> pointers(long sequence) {
                return reader.pointers(sequence);
            }

            @Override
            public boolean holds(HashPointer pointer) {
                return reader.header(pointer.sequence()).hash().equals(pointer.hash());
            }
        };
    }

    /** Shows records that begin at {@code from}, stepping over those whose data key was destroyed. */
    static void each(Supplier<Stream<CapsuleRecord>> range, long from, Visitor visitor) {
        try (Stream<CapsuleRecord> records = range.get()) {
            Iterator<CapsuleRecord> iterator = records.iterator();
            for (long sequence = from; ; sequence++) {
                CapsuleRecord record;
                try {
                    if (!iterator.hasNext()) {
                        return;
                    }
                    record = iterator.next();
                } catch (CapsuleException.Shredded e) {
                    continue;
                } catch (CapsuleException.NotAReader e) {
                    visitor.unreadable(sequence, e);
                    continue;
                }
                visitor.record(sequence, record.body());
            }
        }
    }
}
