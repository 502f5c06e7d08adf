package dev.croft.capsule;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * The growing end of a log in its segment files: begins segments, takes back failed writes, makes commits durable. Used by
 * one thread at a time.
 */
final class SegmentLog {
    private static final long TAIL_SPACING = 4 << 20;

    private final Path capsule;
    private final CapsuleName name;
    private final SegmentFiles files;
    private final long segmentBytes;
    private long segment;
    private long end;
    private long tailSaved;
    private boolean dirty;

    SegmentLog(Path capsule, CapsuleName name, SegmentFiles files, long segmentBytes) {
        this.capsule = capsule;
        this.name = name;
        this.files = files;
        this.segmentBytes = segmentBytes;
    }

    /** Begins an empty log, removing what a crash during creation may have left. */
    void begin(Chain empty) throws IOException {
        for (long leftover : files.list()) {
            files.delete(leftover);
        }
        newSegment(empty);
    }

    /** Goes on where a scan stands. */
    void resume(LogScan scan) {
        segment = scan.goodSegment();
        end = scan.goodOffset();
        tailSaved = end;
    }

    /**
     * The file in which the next commit goes, from {@link #end()} on. What is written there is taken back unless {@link
     * #commit} follows.
     */
    Disk.File prepare(Chain chain) throws IOException {
        if (dirty) {
            Disk.File file = files.file(segment);
            file.truncate(end);
            file.force();
            dirty = false;
        }
        if (end >= segmentBytes && chain.size() > segment) {
            newSegment(chain);
        }
        dirty = true;
        return files.file(segment);
    }

    long end() {
        return end;
    }

    /** Makes what was written up to {@code newEnd} durable; the chain is the one behind it. */
    void commit(long newEnd) throws IOException {
        files.file(segment).force();
        dirty = false;
        end = newEnd;
    }

    /** Saves the tail cache when enough was written since the last time. */
    void saveTailIfDue(Chain chain) {
        if (end - tailSaved >= TAIL_SPACING) {
            saveTail(chain);
        }
    }

    void saveTail(Chain chain) {
        Heartbeat last = chain.last();
        tailSaved = end;
        if (last == null) {
            return;
        }
        try {
            new TailCache(segment, end, last, chain.frontier().hashes()).save(capsule);
        } catch (IOException e) {
            // Only a cache: without it the next opening reads more.
        }
    }

    private void newSegment(Chain chain) throws IOException {
        long first = chain.size();
        List<Hash> frontier =
                chain.last() == null ? List.of() : chain.frontier().hashes();
        byte[] header = new SegmentHeader(name, first, chain.last(), frontier).encoded();
        Disk.File file = files.create(first);
        try {
            file.write(ByteBuffer.wrap(header), 0);
            file.force();
            files.syncDirectory();
        } catch (IOException e) {
            files.delete(first);
            throw e;
        }
        segment = first;
        end = header.length;
        tailSaved = end;
    }
}
