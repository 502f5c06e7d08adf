package dev.croft.capsule;

import dev.croft.capsule.codec.Malformed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableSet;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Finds heartbeats, and the frames between them, in the segments of a replica, which may begin behind a hole. Used by one thread at a
 * time.
 */
final class PieceFiles {
    private static final int CHUNK = 64 << 10;

    private final CapsuleMetadata metadata;
    private final SegmentFiles files;
    private final RecordSource source;

    PieceFiles(CapsuleMetadata metadata, SegmentFiles files, RecordSource source) {
        this.metadata = metadata;
        this.files = files;
        this.source = source;
    }

    /** Steps over frames across segments. */
    private final class Walk {
        private long segment;
        private FrameCursor cursor;

        Walk(long segment, FrameCursor cursor) {
            this.segment = segment;
            this.cursor = cursor;
        }

        boolean next() throws IOException {
            while (cursor.next(files.file(segment).size()) != FrameCursor.Step.FRAME) {
                Long next = files.list().higher(segment);
                if (next == null) {
                    return false;
                }
                segment = next;
                cursor = frames(next);
            }
            return true;
        }

        boolean onHeartbeat() {
            return cursor.type() == Frames.HEARTBEAT;
        }

        byte[] payload() {
            return Arrays.copyOfRange(cursor.buffer(), cursor.payload(), cursor.payload() + cursor.payloadLength());
        }

        void copyTo(ByteArrayOutputStream out) {
            int start = cursor.payload() - Frames.LENGTH_BYTES - 1;
            out.write(cursor.buffer(), start, Frames.LENGTH_BYTES + 1 + cursor.payloadLength());
        }
    }

    private FrameCursor frames(long segment) throws IOException {
        int header = SegmentHeader.read(files.file(segment), metadata.name()).length();
        return new FrameCursor(files.file(segment), header, CHUNK);
    }

    /** A walk that has just passed this heartbeat, or null when it is not here. */
    private @Nullable Walk behind(Standing base, long headSize, Hash id, long size) throws IOException {
        Walk walk;
        if (size <= base.size() || base.id().equals(id)) {
            long first = files.list().first();
            walk = new Walk(first, frames(first));
            if (base.id().equals(id)) {
                return walk;
            }
        } else if (size > headSize) {
            return null;
        } else {
            FrameCursor cursor = source.locate(size - 1, headSize, CHUNK);
            walk = new Walk(source.segmentOf(size - 1), cursor);
        }
        while (walk.next()) {
            if (walk.onHeartbeat()) {
                if (Hash.sha256(walk.payload()).equals(id)) {
                    return walk;
                }
            } else if (walk.cursor.sequence() >= size) {
                return null;
            }
        }
        return null;
    }

    boolean holds(Standing base, long headSize, Hash id, long size) throws IOException {
        return !base.id().equals(id) && behind(base, headSize, id, size) != null;
    }

    Heartbeat after(Standing base, long headSize, Hash id, long size) throws IOException {
        Walk walk = require(behind(base, headSize, id, size));
        while (walk.next()) {
            if (walk.onHeartbeat()) {
                return Heartbeat.decode(metadata.name(), walk.payload());
            }
        }
        throw new NoSuchElementException("no heartbeat follows");
    }

    byte[] frames(Standing base, long headSize, Hash id, long size, Hash until, int enough) throws IOException {
        Walk walk = require(behind(base, headSize, id, size));
        var out = new ByteArrayOutputStream();
        while (walk.next()) {
            walk.copyTo(out);
            if (walk.onHeartbeat()
                    && (out.size() >= enough || Hash.sha256(walk.payload()).equals(until))) {
                return out.toByteArray();
            }
        }
        throw new NoSuchElementException("the heartbeat does not follow");
    }

    /** Where the history stands at a heartbeat that is here, from the header of the segment before it. */
    Standing standing(Standing base, long headSize, Hash id, long size) throws IOException {
        Walk found = require(behind(base, headSize, id, size));
        SegmentHeader header = SegmentHeader.read(files.file(found.segment), metadata.name());
        Chain chain = new Chain(metadata);
        header.resume(chain);
        var walk = new Walk(found.segment, frames(found.segment));
        try {
            while (walk.next()) {
                chain.accept(walk.cursor);
                Heartbeat last = chain.last();
                if (walk.onHeartbeat() && last != null && last.hash().equals(id)) {
                    return Standing.of(metadata, chain);
                }
            }
        } catch (Chain.Broken e) {
            throw new IOException("damaged: " + e.detail, e);
        }
        throw new NoSuchElementException("no such heartbeat");
    }

    private static Walk require(@Nullable Walk walk) {
        if (walk == null) {
            throw new NoSuchElementException("no such heartbeat");
        }
        return walk;
    }

    /** Where segments but the first begin, the newest first. */
    List<Heartbeat> segmentBases() throws IOException {
        List<Heartbeat> bases = new ArrayList<>();
        NavigableSet<Long> segments = files.list();
        for (long segment : segments.descendingSet()) {
            Heartbeat base =
                    SegmentHeader.read(files.file(segment), metadata.name()).base();
            if (base != null && segment != segments.first()) {
                bases.add(base);
            }
        }
        return bases;
    }

    /** The base in the first segment's header. */
    Standing base() throws IOException {
        SegmentHeader header = SegmentHeader.read(files.file(files.list().first()), metadata.name());
        if (!header.vouchedBy(metadata.writerKey()) && header.base() != null) {
            throw new Malformed("nothing vouches for the segment's header");
        }
        return Standing.at(metadata, header.base(), header.frontier());
    }

    /** A scan of everything from the base on, checking each signature. */
    @Nullable
    LogScan scan() throws IOException {
        try {
            LogScan scan = LogScan.fromSegment(files, metadata, files.list().first(), true);
            scan.settle();
            return scan;
        } catch (Malformed e) {
            return null;
        }
    }

    /** Sound parts behind where a scan stopped, segment by segment. */
    Iterator<Salvage.Part> salvage(Standing sound, long segment, long offset) throws IOException {
        List<Long> segments = List.copyOf(files.list().tailSet(segment, true));
        return new Iterator<>() {
            private int at;
            private Standing reached = sound;
            private Iterator<Salvage.Part> parts = List.<Salvage.Part>of().iterator();

            @Override
            public boolean hasNext() {
                while (!parts.hasNext() && at < segments.size()) {
                    try {
                        parts = read(segments.get(at++)).iterator();
                    } catch (IOException e) {
                        throw new CapsuleException.DiskFailed("reading damaged segments", e);
                    }
                }
                return parts.hasNext();
            }

            @Override
            public Salvage.Part next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                Salvage.Part part = parts.next();
                reached = part.tip();
                return part;
            }

            private List<Salvage.Part> read(long first) throws IOException {
                byte[] bytes = all(files.file(first));
                if (first == segment && offset > 0) {
                    return Salvage.parts(reached, tail(bytes, (int) offset));
                }
                try {
                    SegmentHeader header = SegmentHeader.decode(bytes, metadata.name());
                    if (header.first() == first && header.vouchedBy(metadata.writerKey())) {
                        return Salvage.parts(
                                Standing.at(metadata, header.base(), header.frontier()), tail(bytes, header.length()));
                    }
                } catch (Malformed e) {
                    // Its place is known all the same when nothing is missing before it.
                }
                int length = new SegmentHeader(
                                metadata.name(), first, reached.heartbeat().orElse(null), reached.frontier())
                        .length();
                return reached.size() == first && length <= bytes.length
                        ? Salvage.parts(reached, tail(bytes, length))
                        : List.of();
            }
        };
    }

    private static byte[] tail(byte[] bytes, int from) {
        return Arrays.copyOfRange(bytes, Math.min(from, bytes.length), bytes.length);
    }

    private static byte[] all(Disk.File file) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(Math.toIntExact(file.size()));
        while (into.hasRemaining() && file.read(into, into.position()) >= 0) {
            continue;
        }
        return Arrays.copyOf(into.array(), into.position());
    }
}
