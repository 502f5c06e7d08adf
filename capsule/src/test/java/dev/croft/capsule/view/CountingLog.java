package dev.croft.capsule.view;

import dev.croft.capsule.HashPointer;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the bodies that are read of a capsule.
 *
 * @param helped whether the reader may use the records' hash pointers
 */
record CountingLog(RecordLog log, AtomicLong read, boolean helped) implements RecordLog {
    @Override
    public long size() {
        return log.size();
    }

    @Override
    public byte[] body(long sequence) {
        read.incrementAndGet();
        return log.body(sequence);
    }

    @Override
    public void scan(long from, long to, Visitor visitor) {
        read.addAndGet(to - from);
        log.scan(from, to, visitor);
    }

    @Override
    public Instant time(long sequence) {
        return log.time(sequence);
    }

    @Override
    public List<HashPointer> pointers(long sequence) {
        return helped ? log.pointers(sequence) : List.of();
    }

    @Override
    public boolean holds(HashPointer pointer) {
        return log.holds(pointer);
    }
}
