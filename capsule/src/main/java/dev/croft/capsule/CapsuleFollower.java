package dev.croft.capsule;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Follows a capsule as it grows, from a sequence on. Back-pressure is the caller's pace: nothing is read ahead. To go on
 * after a restart, follow from {@link #position()}. Not thread-safe.
 */
public final class CapsuleFollower {
    private static final long FIRST_PAUSE_MILLIS = 1;
    private static final long LONGEST_PAUSE_MILLIS = 50;

    private final CapsuleReader reader;
    private long next;

    CapsuleFollower(CapsuleReader reader, long from) {
        if (from < 0) {
            throw new CapsuleException.NoSuchRecord(from, reader.size());
        }
        this.reader = reader;
        this.next = from;
    }

    /** The sequence of the record that comes next. */
    public long position() {
        return next;
    }

    /**
     * The next records in order, as soon as there is one, at most {@code most}; none when the time is over.
     *
     * @throws InterruptedException when the thread is interrupted while it waits
     */
    public List<CapsuleRecord> poll(int most, Duration timeout) throws InterruptedException {
        if (most < 1) {
            throw new IllegalArgumentException("at least one record");
        }
        long deadline = System.nanoTime() + timeout.toNanos();
        long pause = FIRST_PAUSE_MILLIS;
        while (reader.size() <= next && reader.refresh().size() <= next) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return List.of();
            }
            Thread.sleep(Math.min(pause, left / 1_000_000 + 1));
            pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
        }
        List<CapsuleRecord> records =
                reader.range(next, Math.min(reader.size(), next + most)).collect(Collectors.toList());
        next += records.size();
        return records;
    }
}
