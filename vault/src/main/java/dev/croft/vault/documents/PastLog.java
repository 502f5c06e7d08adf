package dev.croft.vault.documents;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleRecord;
import dev.croft.capsule.RecordHeader;
import dev.croft.capsule.view.RecordLog;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * A past state of a data capsule, on any copy of it, as the log of a {@link DocumentStore} that only reads: its documents are those that were there
 * when the capsule had so many records. Writing to it is unsupported. The reader stays the caller's to close.
 */
public final class PastLog implements DocumentLog {
    private final CapsuleReader reader;
    private final long size;

    private PastLog(CapsuleReader reader, long size) {
        this.reader = reader;
        this.size = size;
    }

    /**
     * When the capsule had {@code size} records.
     *
     * @throws CapsuleException.NoSuchRecord when it has fewer
     */
    public static PastLog at(CapsuleReader reader, long size) {
        if (size < 0 || size > reader.size()) {
            throw new CapsuleException.NoSuchRecord(size, reader.size());
        }
        return new PastLog(reader, size);
    }

    /** At this time by the writer's clock. */
    public static PastLog at(CapsuleReader reader, Instant time) {
        return new PastLog(reader, RecordLog.of(reader).sizeAt(time, reader.size()));
    }

    /** Another one for each state, so that no view of the present is taken for one of the past. */
    @Override
    public byte[] identity() {
        return (reader.name() + "@" + size).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public long append(List<byte[]> bodies) {
        throw new UnsupportedOperationException("the past cannot be changed");
    }

    @Override
    public long next() {
        return size;
    }

    @Override
    public void replay(long sequence, Visitor visitor) {
        CapsuleLog.replay(
                new CapsuleLog.Source() {
                    @Override
                    public Stream<CapsuleRecord> range(long from, long to) {
                        return reader.range(from, to);
                    }

                    @Override
                    public RecordHeader header(long at) {
                        return reader.header(at);
                    }
                },
                sequence,
                size,
                visitor);
    }
}
