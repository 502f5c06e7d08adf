package dev.croft.capsule;

import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.Malformed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.NavigableSet;
import java.util.Optional;

/**
 * Finds the last heartbeat of a log that a crash may have torn, and decides what may be cut behind it.
 *
 * <p>A crash leaves whole frames without a heartbeat, the beginning of a frame, or sectors that never reached the disk and
 * read as zeros; such a tail was never acknowledged. Anything else, or a later heartbeat by the writer behind the trouble,
 * is damage, and then nothing is cut.
 */
final class Recovery {
    private static final int SECTOR = 512;
    private static final byte[] ZEROS = new byte[SECTOR];

    private Recovery() {}

    /**
     * A scan that stands at the last heartbeat.
     *
     * @throws CapsuleException.Damaged when the log is damaged behind where the scan began
     */
    static LogScan open(Path capsule, SegmentFiles files, CapsuleMetadata metadata) throws IOException {
        Optional<LogScan> cached = TailCache.resume(capsule, files, metadata);
        LogScan scan = cached.isPresent() ? cached.get() : fromLastSegment(files, metadata, false);
        NavigableSet<Long> known = files.list();
        LogScan.Stop stop = scan.settle();
        if (scan.good().last() != null && !scan.good().signed()) {
            scan = fromLastSegment(files, metadata, true);
            stop = scan.settle();
        }
        if (stop != LogScan.Stop.AT_HEARTBEAT) {
            refuseDamage(scan, stop, files, metadata, known);
        }
        scan.rewind();
        return scan;
    }

    /** Cuts everything behind the last heartbeat. */
    static void cut(LogScan scan, SegmentFiles files) throws IOException {
        for (long torn : files.list().tailSet(scan.goodSegment(), false)) {
            files.delete(torn);
        }
        Disk.File file = files.file(scan.goodSegment());
        if (file.size() > scan.goodOffset()) {
            file.truncate(scan.goodOffset());
            file.force();
        }
    }

    private static LogScan fromLastSegment(SegmentFiles files, CapsuleMetadata metadata, boolean everySignature)
            throws IOException {
        NavigableSet<Long> segments = files.list();
        if (segments.isEmpty()) {
            throw damaged(files, 0, "there are no segments");
        }
        try {
            return LogScan.fromSegment(files, metadata, segments.last(), everySignature);
        } catch (Malformed e) {
            Long before = segments.lower(segments.last());
            if (before == null) {
                throw damaged(files, segments.last(), e.getMessage());
            }
            try {
                return LogScan.fromSegment(files, metadata, before, everySignature);
            } catch (Malformed alsoBefore) {
                throw damaged(files, before, alsoBefore.getMessage());
            }
        }
    }

    private static void refuseDamage(
            LogScan scan, LogScan.Stop stop, SegmentFiles files, CapsuleMetadata metadata, NavigableSet<Long> known)
            throws IOException {
        boolean inHeader = stop == LogScan.Stop.FAULT && scan.fault().atNextSegment();
        long segment = inHeader ? scan.chain().size() : scan.segment();
        Tail tail = Tail.examine(
                files.file(segment),
                inHeader ? 0 : scan.goodOffset(),
                scan.good().size(),
                metadata);
        boolean torn = tail.heartbeats == 0
                ? stop == LogScan.Stop.IN_TAIL || tail.holes || inHeader
                : tail.heartbeats == 1 && tail.endsWithHeartbeat && tail.holes;
        if (!torn || known.last() > segment) {
            throw stop == LogScan.Stop.FAULT
                    ? scan.fault().toException()
                    : new CapsuleException.Damaged(
                            Flaw.FRAME,
                            new Position(
                                    files.label(segment),
                                    scan.goodOffset(),
                                    scan.good().size()),
                            "frames that do not fit, with a signed heartbeat behind them");
        }
    }

    /** Whether the writer signed a heartbeat of at least this size that stands behind this place. */
    static boolean heartbeatBehind(Disk.File file, long from, long size, CapsuleMetadata metadata) throws IOException {
        return Tail.examine(file, from, size, metadata).heartbeats > 0;
    }

    /** What stands behind the last good heartbeat. */
    private record Tail(int heartbeats, boolean endsWithHeartbeat, boolean holes) {
        static Tail examine(Disk.File file, long from, long size, CapsuleMetadata metadata) throws IOException {
            long end = file.size();
            int heartbeats = 0;
            boolean atEnd = false;
            boolean holes = false;
            byte[] window = new byte[1 << 20];
            for (long start = from; start < end; start += window.length - Frames.HEARTBEAT_FRAME) {
                int length = read(file, start, window, end);
                for (int i = 0; i + Frames.HEARTBEAT_FRAME <= length; i++) {
                    if (isHeartbeat(window, i, size, metadata)) {
                        heartbeats++;
                        atEnd = start + i + Frames.HEARTBEAT_FRAME == end;
                    }
                }
                holes |= hasZeroSector(window, start, length);
            }
            return new Tail(heartbeats, atEnd, holes);
        }

        private static int read(Disk.File file, long start, byte[] window, long end) throws IOException {
            ByteBuffer into = ByteBuffer.wrap(window, 0, (int) Math.min(window.length, end - start));
            while (into.hasRemaining() && file.read(into, start + into.position()) >= 0) {
                continue;
            }
            return into.position();
        }

        private static boolean isHeartbeat(byte[] window, int at, long size, CapsuleMetadata metadata) {
            if ((int) FrameCursor.INT.get(window, at) != 1 + Heartbeat.LENGTH
                    || window[at + Frames.LENGTH_BYTES] != Frames.HEARTBEAT) {
                return false;
            }
            try {
                Heartbeat found = Heartbeat.decode(
                        metadata.name(), new ByteReader(window, at + Frames.LENGTH_BYTES + 1, Heartbeat.LENGTH));
                return found.size() >= size && found.verify(metadata.writerKey());
            } catch (Malformed e) {
                return false;
            }
        }

        private static boolean hasZeroSector(byte[] window, long start, int length) {
            for (int at = (int) (-start & SECTOR - 1); at + SECTOR <= length; at += SECTOR) {
                if (Arrays.equals(window, at, at + SECTOR, ZEROS, 0, SECTOR)) {
                    return true;
                }
            }
            return false;
        }
    }

    private static CapsuleException.Damaged damaged(SegmentFiles files, long segment, String detail) {
        return new CapsuleException.Damaged(
                Flaw.SEGMENT_HEADER, new Position(files.label(segment), 0, segment), detail);
    }
}
