package dev.croft.capsule.view;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.HashPointer;
import dev.croft.capsule.RecordHeader;
import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A record in which a capsule's writer sums up those since its last summary: how many, from when to when, how large. It carries a hash pointer to
 * that one, so that the shape of a long history is read in a few steps from its end, each under the writer's signature.
 *
 * @param sequence the record's own
 * @param from the first record summed up; the last is the one before this record
 * @param first when that was appended, by the writer's clock
 * @param last when the last was appended
 * @param bodyBytes bytes in their sealed bodies
 */
public record Summary(long sequence, long from, Instant first, Instant last, long bodyBytes) {
    private static final String TAG = "croft/summary/v1";

    /** How many records are summed up. */
    public long count() {
        return sequence - from;
    }

    private byte[] encode() {
        return new ByteWriter()
                .tag(TAG)
                .u64(sequence)
                .u64(from)
                .u64(micros(first))
                .u64(micros(last))
                .u64(bodyBytes)
                .toBytes();
    }

    /** The summary that the body of the record with this sequence is, if it is one in its place. */
    static @Nullable Summary find(long sequence, byte[] body) {
        if (!Checkpoint.begins(body, TAG)) {
            return null;
        }
        try {
            ByteReader in = new ByteReader(body).expectTag(TAG);
            long own = in.u63();
            long from = in.u63();
            Instant first = instant(in.u63());
            Instant last = instant(in.u63());
            long bytes = in.u63();
            in.expectEnd();
            return own == sequence && from < own ? new Summary(own, from, first, last, bytes) : null;
        } catch (Malformed e) {
            return null;
        }
    }

    /**
     * Appends a summary of what was appended since the last one, durably; null when that is nothing. No view may be open for writing. Reads
     * the headers of what it sums up.
     */
    public static @Nullable Summary append(CapsuleWriter writer) {
        Summary before = newest(new Journal(writer));
        long from = before == null ? 0 : before.sequence + 1;
        long size = writer.size();
        if (from == size) {
            return null;
        }
        long bytes = 0;
        for (long sequence = from; sequence < size; sequence++) {
            bytes += writer.header(sequence).bodyLength();
        }
        Summary summary = new Summary(
                size,
                from,
                writer.header(from).timestamp(),
                writer.header(size - 1).timestamp(),
                bytes);
        List<HashPointer> pointers = before == null
                ? List.of()
                : List.of(new HashPointer(
                        before.sequence, writer.header(before.sequence).hash()));
        writer.append(List.of(summary.encode()), pointers);
        return summary;
    }

    private static @Nullable Summary newest(RecordLog log) {
        return Newest.of(log, log.size(), Summary::find);
    }

    /**
     * The summaries of a capsule, newest first: found by reading back to the newest, then along the hash pointers, each of which is checked.
     *
     * @param most how many at most
     */
    public static List<Summary> all(CapsuleReader reader, int most) {
        RecordLog log = RecordLog.of(reader);
        List<Summary> found = new ArrayList<>();
        Summary next = newest(log);
        while (next != null && found.size() < most) {
            found.add(next);
            next = before(log, next);
        }
        return found;
    }

    private static @Nullable Summary before(RecordLog log, Summary summary) {
        for (HashPointer pointer : log.pointers(summary.sequence)) {
            if (pointer.sequence() == summary.from - 1 && log.holds(pointer)) {
                return find(pointer.sequence(), log.body(pointer.sequence()));
            }
        }
        return null;
    }

    /** Whether the headers of the records bear the summary out. */
    public boolean holds(CapsuleReader reader) {
        long bytes = 0;
        for (long at = from; at < sequence; at++) {
            RecordHeader header = reader.header(at);
            bytes += header.bodyLength();
        }
        return bytes == bodyBytes
                && reader.header(from).timestamp().equals(first)
                && reader.header(sequence - 1).timestamp().equals(last);
    }

    private static long micros(Instant instant) {
        return instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1000;
    }

    private static Instant instant(long micros) {
        return Instant.ofEpochSecond(micros / 1_000_000, micros % 1_000_000 * 1000);
    }
}
