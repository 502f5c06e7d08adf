package dev.croft.capsule;

import dev.croft.capsule.codec.ByteReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ObjIntConsumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import javax.crypto.AEADBadTagException;
import org.jspecify.annotations.Nullable;

/**
 * Finds records in a log's segments by sequence and opens them. What it returns is authentic to readers that trust the
 * other holders of the data key; a proof ({@code dev.croft.capsule.proof}) shows it to anyone. Thread-safe.
 */
final class RecordSource {
    private static final int RANDOM_CHUNK = 8 << 10;
    private static final Hash NO_BODY = Hash.of(new byte[Hash.LENGTH]);
    private static final int STREAM_CHUNK = 256 << 10;

    private final SegmentFiles files;
    private final EpochKeys keys;
    private final Map<Long, SegmentIndex> indexes = new ConcurrentHashMap<>();
    private volatile long[] segments = new long[0];

    RecordSource(SegmentFiles files, EpochKeys keys) {
        this.files = files;
        this.keys = keys;
    }

    EpochKeys keys() {
        return keys;
    }

    /** The record with this sequence, which must be below {@code size}. */
    CapsuleRecord read(long sequence, long size) {
        try {
            return open(locate(sequence, size, RANDOM_CHUNK));
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed("reading record " + sequence, e);
        }
    }

    /** The header of the record with this sequence, which must be below {@code size}. */
    RecordHeader header(long sequence, long size) {
        try {
            FrameCursor cursor = locate(sequence, size, RANDOM_CHUNK);
            ByteReader in = new ByteReader(cursor.buffer(), cursor.payload(), cursor.payloadLength());
            return RecordHeader.decodeFields(in, cursor.type() == Frames.PRUNED ? null : Hash.sha256(sealed(cursor)));
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed("reading record " + sequence, e);
        }
    }

    /** The hash pointers of the record with this sequence, which must be below {@code size}. */
    List<HashPointer> pointers(long sequence, long size) {
        try {
            FrameCursor cursor = locate(sequence, size, RANDOM_CHUNK);
            ByteReader in = new ByteReader(cursor.buffer(), cursor.payload(), cursor.payloadLength());
            return RecordHeader.decodeFields(in, NO_BODY).pointers();
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed("reading record " + sequence, e);
        }
    }

    /** The sealed body of the record with this sequence, which must be below {@code size}. */
    byte[] sealed(long sequence, long size) {
        try {
            FrameCursor cursor = locate(sequence, size, RANDOM_CHUNK);
            if (cursor.type() == Frames.PRUNED) {
                throw new CapsuleException.Shredded((int) FrameCursor.INT.get(cursor.buffer(), cursor.payload()));
            }
            return sealed(cursor);
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed("reading record " + sequence, e);
        }
    }

    /** Records {@code from} up to but not including {@code to}, which is at most {@code size}; read as they are asked for. */
    Iterator<CapsuleRecord> range(long from, long to, long size) {
        return new Iterator<>() {
            private long next = from;
            private @Nullable FrameCursor cursor;
            private long limit;

            @Override
            public boolean hasNext() {
                return next < to;
            }

            @Override
            public CapsuleRecord next() {
                if (next >= to) {
                    throw new NoSuchElementException();
                }
                try {
                    if (cursor == null || !SegmentIndex.step(cursor, limit, next)) {
                        cursor = locate(next, size, STREAM_CHUNK);
                        limit = files.file(segmentOf(next)).size();
                    }
                    next++;
                    return open(cursor);
                } catch (IOException e) {
                    throw new CapsuleException.DiskFailed("reading record " + next, e);
                }
            }
        };
    }

    static Stream<CapsuleRecord> stream(RecordSource source, long from, long to, long size) {
        if (from < 0 || to > size || from > to) {
            throw new CapsuleException.NoSuchRecord(from < 0 || from > size ? from : to, size);
        }
        return StreamSupport.stream(
                Spliterators.spliterator(
                        source.range(from, to, size), to - from, Spliterator.ORDERED | Spliterator.NONNULL),
                false);
    }

    /**
     * Hashes of the records {@code from} up to but not including {@code to}, as their successors name them; the last record's
     * is in the head. The sink is given an array, which is used again, and where in it the next hash begins.
     */
    void hashes(long from, long to, Heartbeat head, ObjIntConsumer<byte[]> sink) {
        try {
            FrameCursor cursor = null;
            long limit = 0;
            long last = Math.min(to, head.size() - 1);
            for (long next = from + 1; next <= last; next++) {
                if (cursor == null || !SegmentIndex.step(cursor, limit, next)) {
                    cursor = locate(next, head.size(), to - from > 64 ? STREAM_CHUNK : RANDOM_CHUNK);
                    limit = files.file(segmentOf(next)).size();
                }
                sink.accept(cursor.buffer(), cursor.payload() + Frames.PREVIOUS);
            }
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed("reading hashes", e);
        }
        if (to == head.size() && to > from) {
            sink.accept(head.headHash().bytes(), 0);
        }
    }

    /**
     * The frames behind a heartbeat, up to one that is at least {@code enough} bytes away or the head; empty when that heartbeat
     * is not in the log.
     */
    Optional<byte[]> framesAfter(Hash heartbeat, long size, Heartbeat head, int enough) throws IOException {
        if (size > head.size()) {
            return Optional.empty();
        }
        long segment;
        FrameCursor cursor;
        if (size == 0) {
            segment = 0;
            cursor = frames(0);
        } else {
            cursor = locate(size - 1, size, RANDOM_CHUNK);
            segment = segmentOf(size - 1);
        }
        var out = new ByteArrayOutputStream();
        boolean found = size == 0 && heartbeat.equals(keys.name().hash());
        Hash last = head.hash();
        long limit = files.file(segment).size();
        while (true) {
            if (cursor.next(limit) != FrameCursor.Step.FRAME) {
                long next = nextSegment(segment);
                if (next < 0) {
                    return Optional.empty();
                }
                segment = next;
                cursor = frames(segment);
                limit = files.file(segment).size();
                continue;
            }
            int start = cursor.payload() - Frames.LENGTH_BYTES - 1;
            if (found) {
                out.write(cursor.buffer(), start, Frames.LENGTH_BYTES + 1 + cursor.payloadLength());
            }
            if (cursor.type() == Frames.HEARTBEAT) {
                Hash hash = Hash.sha256(
                        Arrays.copyOfRange(cursor.buffer(), cursor.payload(), cursor.payload() + Heartbeat.LENGTH));
                if (hash.equals(heartbeat)) {
                    found = true;
                }
                if (hash.equals(last) || found && out.size() >= enough) {
                    return found ? Optional.of(out.toByteArray()) : Optional.empty();
                }
            } else if (!found && cursor.sequence() >= size) {
                return Optional.empty();
            }
        }
    }

    private FrameCursor frames(long segment) throws IOException {
        int header = SegmentHeader.read(files.file(segment), keys.name()).length();
        return new FrameCursor(files.file(segment), header, STREAM_CHUNK);
    }

    private long nextSegment(long segment) throws IOException {
        Long next = files.list().higher(segment);
        return next == null ? -1 : next;
    }

    FrameCursor locate(long sequence, long size, int chunk) throws IOException {
        if (sequence < 0 || sequence >= size) {
            throw new CapsuleException.NoSuchRecord(sequence, size);
        }
        for (int attempt = 0; attempt < 2; attempt++) {
            long segment = segmentOf(sequence);
            if (segment >= 0) {
                FrameCursor cursor = index(segment).seek(files.file(segment), sequence, chunk);
                if (cursor.onRecord(sequence)) {
                    return cursor;
                }
            }
            segments = files.list().stream().mapToLong(Long::longValue).toArray();
        }
        throw new CapsuleException.Damaged(
                Flaw.SEQUENCE,
                new Position(files.label(Math.max(0, segmentOf(sequence))), 0, sequence),
                "the record is not where it must be");
    }

    private SegmentIndex index(long segment) throws IOException {
        SegmentIndex index = indexes.get(segment);
        if (index == null) {
            int header = SegmentHeader.read(files.file(segment), keys.name()).length();
            index = indexes.computeIfAbsent(segment, first -> new SegmentIndex(first, header));
        }
        return index;
    }

    long segmentOf(long sequence) {
        long[] known = segments;
        int at = Arrays.binarySearch(known, sequence);
        int floor = at >= 0 ? at : -at - 2;
        return floor < 0 ? -1 : known[floor];
    }

    private CapsuleRecord open(FrameCursor cursor) {
        byte[] buffer = cursor.buffer();
        int payload = cursor.payload();
        int epoch = (int) FrameCursor.INT.get(buffer, payload + Frames.EPOCH);
        long sequence = cursor.sequence();
        long micros = (long) FrameCursor.LONG.get(buffer, payload + Frames.TIMESTAMP);
        if (cursor.type() == Frames.PRUNED) {
            throw new CapsuleException.Shredded(epoch);
        }
        BodyCipher cipher = keys.cipher(epoch);
        int sealed = payload + cursor.bodyOffset();
        int length = payload + cursor.payloadLength() - sealed;
        try {
            if (length < BodyCipher.OVERHEAD) {
                throw new AEADBadTagException("too short");
            }
            return new CapsuleRecord(
                    sequence, Times.instant(micros), cipher.open(sequence, micros, buffer, sealed, length));
        } catch (AEADBadTagException e) {
            throw new CapsuleException.Damaged(
                    Flaw.CHAIN,
                    new Position(files.label(segmentOf(sequence)), cursor.frameOffset(), sequence),
                    "the body does not authenticate");
        }
    }

    private static byte[] sealed(FrameCursor cursor) {
        return Arrays.copyOfRange(
                cursor.buffer(), cursor.payload() + cursor.bodyOffset(), cursor.payload() + cursor.payloadLength());
    }
}
