package dev.croft.capsule.view;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What one key was set to since a checkpoint, record by record. Thread-safe. */
final class Versions {
    private long[] records = new long[1];
    private byte[][] values = new byte[1][];
    private int count;

    /** From this record on the key has this value, or none. */
    synchronized void add(long record, byte @Nullable [] value) {
        if (count > 0 && records[count - 1] == record) {
            values[count - 1] = value;
            return;
        }
        if (count == records.length) {
            records = Arrays.copyOf(records, count * 2);
            values = Arrays.copyOf(values, count * 2);
        }
        records[count] = record;
        values[count++] = value;
    }

    /** Whether any of the first {@code size} records changed the key. */
    synchronized boolean changed(long size) {
        return count > 0 && records[0] < size;
    }

    /** What the last of the first {@code size} records to change the key set it to. */
    synchronized byte @Nullable [] value(long size) {
        int at = Arrays.binarySearch(records, 0, count, size);
        int last = (at >= 0 ? at : -at - 1) - 1;
        return last < 0 ? null : values[last];
    }
}
