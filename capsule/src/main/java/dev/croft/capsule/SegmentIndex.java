package dev.croft.capsule;

import java.io.IOException;
import java.util.Arrays;

/**
 * Where records stand in one segment: one entry for about each 4 KiB, made by stepping over frames as far as anyone asked.
 * Nothing in it is believed: a lookup ends on a frame that says the sequence itself. Thread-safe.
 */
final class SegmentIndex {
    private static final int SPACING = 4 << 10;
    private static final int SCAN_CHUNK = 256 << 10;

    private long[] sequences = new long[64];
    private long[] offsets = new long[64];
    private int entries;
    private long scannedTo;

    SegmentIndex(long first, long firstFrame) {
        sequences[0] = first;
        offsets[0] = firstFrame;
        entries = 1;
        scannedTo = first;
    }

    /** A cursor on this record's frame, or one at the segment's end when the record is not in it. */
    FrameCursor seek(Disk.File file, long sequence, int chunk) throws IOException {
        long start;
        synchronized (this) {
            if (sequence > scannedTo + 1) {
                extend(file, sequence);
            }
            int at = Arrays.binarySearch(sequences, 0, entries, sequence);
            start = offsets[at >= 0 ? at : -at - 2];
        }
        FrameCursor cursor = new FrameCursor(file, start, chunk);
        step(cursor, file.size(), sequence);
        return cursor;
    }

    /** Moves on to this record's frame; false when there is none before the limit. */
    static boolean step(FrameCursor cursor, long limit, long sequence) throws IOException {
        while (cursor.next(limit) == FrameCursor.Step.FRAME) {
            if (cursor.type() != Frames.HEARTBEAT && cursor.sequence() >= sequence) {
                return cursor.sequence() == sequence;
            }
        }
        return false;
    }

    private void extend(Disk.File file, long sequence) throws IOException {
        FrameCursor cursor = new FrameCursor(file, offsets[entries - 1], SCAN_CHUNK);
        long limit = file.size();
        while (scannedTo < sequence && cursor.next(limit) == FrameCursor.Step.FRAME) {
            if (cursor.type() == Frames.HEARTBEAT) {
                continue;
            }
            scannedTo = cursor.sequence();
            if (cursor.frameOffset() >= offsets[entries - 1] + SPACING) {
                if (entries == offsets.length) {
                    sequences = Arrays.copyOf(sequences, entries * 2);
                    offsets = Arrays.copyOf(offsets, entries * 2);
                }
                sequences[entries] = scannedTo;
                offsets[entries++] = cursor.frameOffset();
            }
        }
    }
}
