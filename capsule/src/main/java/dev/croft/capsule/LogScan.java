package dev.croft.capsule;

import dev.croft.capsule.codec.Malformed;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Walks a log forward, segment after segment, checking every frame against the chain. It can be resumed when the files have
 * grown. {@link #good()} is the state at the last heartbeat passed. Memory is bounded by the largest frame. Not
 * thread-safe.
 */
final class LogScan {
    static final int CHUNK = 256 << 10;

    private final SegmentFiles files;
    private final CapsuleMetadata metadata;
    private final boolean everySignature;
    private final Chain chain;
    private final Chain good;
    private long segment;
    private long goodSegment;
    private long goodOffset;
    private FrameCursor cursor;
    private long bytes;
    private long goodBytes;
    private long lastRecord = -1;
    private long lastHeartbeat = -1;
    private @Nullable Fault fault;
    private final Map<Integer, Hash> commitments = new HashMap<>();
    private @Nullable Heartbeat watched;
    private boolean watchedRootHolds;

    /** What stopped a scan, and where. */
    record Fault(Flaw flaw, Position position, String detail) {
        /** Whether it is in the header of the segment that should follow. */
        boolean atNextSegment() {
            return flaw == Flaw.SEGMENT_HEADER || flaw == Flaw.TORN_TAIL;
        }

        CapsuleException.Damaged toException() {
            return new CapsuleException.Damaged(flaw, position, detail);
        }
    }

    /** How a scan ended. */
    enum Stop {
        /** Behind the last byte of the last segment, which ends with a heartbeat. */
        AT_HEARTBEAT,
        /** The last bytes are records without a heartbeat, or the beginning of a frame. */
        IN_TAIL,
        /** Something does not fit: see {@link #fault()}. */
        FAULT
    }

    private LogScan(
            SegmentFiles files,
            CapsuleMetadata metadata,
            Chain chain,
            long segment,
            long offset,
            boolean everySignature)
            throws IOException {
        this.files = files;
        this.metadata = metadata;
        this.chain = chain;
        this.good = new Chain(metadata);
        this.good.set(chain);
        this.segment = segment;
        this.goodSegment = segment;
        this.goodOffset = offset;
        this.everySignature = everySignature;
        this.cursor = new FrameCursor(files.file(segment), offset, CHUNK);
    }

    /** From a place where the chain's state is known and vouched for. */
    static LogScan from(SegmentFiles files, CapsuleMetadata metadata, Chain chain, long segment, long offset)
            throws IOException {
        return new LogScan(files, metadata, chain, segment, offset, false);
    }

    /**
     * From the start of a segment, trusting its header as far as the writer's signature vouches for it.
     *
     * @throws Malformed when the header is cut short, or nothing vouches for it
     */
    static LogScan fromSegment(SegmentFiles files, CapsuleMetadata metadata, long first, boolean everySignature)
            throws IOException {
        SegmentHeader header = SegmentHeader.read(files.file(first), metadata.name());
        if (header.first() != first || !header.vouchedBy(metadata.writerKey())) {
            throw new Malformed("nothing vouches for the segment's header");
        }
        Chain chain = new Chain(metadata);
        header.resume(chain);
        return new LogScan(files, metadata, chain, first, header.length(), everySignature);
    }

    /** State at the last heartbeat passed. */
    Chain good() {
        return good;
    }

    /** The segment in which the last heartbeat passed stands, or began. */
    long goodSegment() {
        return goodSegment;
    }

    /** Where that segment goes on behind the last heartbeat passed. */
    long goodOffset() {
        return goodOffset;
    }

    /** The segment the scan is in. */
    long segment() {
        return segment;
    }

    /** The frame, or the bytes that are none, that the scan stopped at. */
    Position here() {
        return new Position(files.label(segment), cursor.frameOffset(), chain.size());
    }

    long bytes() {
        return bytes;
    }

    Chain chain() {
        return chain;
    }

    Fault fault() {
        if (fault == null) {
            throw new IllegalStateException("the scan met no fault");
        }
        return fault;
    }

    /** Notes, when the log reaches this head's size, whether it has this head's root. */
    void watch(@Nullable Heartbeat head) {
        watched = head;
        note();
    }

    boolean watchedRootHolds() {
        return watchedRootHolds;
    }

    /** Whether the heartbeats passed committed this epoch to this data key. */
    boolean committed(int epoch, Hash commitment) {
        return Objects.equals(commitments.get(epoch), commitment);
    }

    private void note() {
        if (watched != null && watched.size() == chain.size()) {
            watchedRootHolds |= chain.frontier().root().equals(watched.root());
        }
    }

    /** Walks as far as the files go. */
    Stop advance() throws IOException {
        long limit = files.file(segment).size();
        while (true) {
            switch (cursor.next(limit)) {
                case FRAME -> {
                    if (!take()) {
                        return Stop.FAULT;
                    }
                }
                case END -> {
                    long now = files.file(segment).size();
                    if (now > limit) {
                        limit = now;
                        continue;
                    }
                    if (!chain.atHeartbeat() || chain.size() == segment || !files.exists(chain.size())) {
                        return chain.atHeartbeat() ? Stop.AT_HEARTBEAT : Stop.IN_TAIL;
                    }
                    if (!enter(chain.size())) {
                        return Stop.FAULT;
                    }
                    limit = files.file(segment).size();
                }
                case CUT -> {
                    long now = files.file(segment).size();
                    if (now <= limit) {
                        return Stop.IN_TAIL;
                    }
                    limit = now;
                }
                case BAD -> {
                    return broken(new Chain.Broken(Flaw.FRAME, "no frame has this length and type"));
                }
            }
        }
    }

    /**
     * Walks as far as the files go, and reads a tail without heartbeat again until it stays the same: a writer may be just
     * behind it.
     */
    Stop settle() throws IOException {
        Stop stop = advance();
        while (stop != Stop.AT_HEARTBEAT) {
            long segmentBefore = goodSegment;
            long offsetBefore = goodOffset;
            rewind();
            stop = advance();
            if (goodSegment == segmentBefore && goodOffset == offsetBefore) {
                return stop;
            }
        }
        return stop;
    }

    /** Goes back to the last heartbeat passed, forgetting what was read behind it. */
    void rewind() throws IOException {
        chain.set(good);
        segment = goodSegment;
        bytes = goodBytes;
        fault = null;
        lastRecord = -1;
        cursor = new FrameCursor(files.file(segment), goodOffset, CHUNK);
    }

    private boolean take() throws IOException {
        try {
            chain.accept(cursor);
        } catch (Chain.Broken e) {
            broken(e);
            return false;
        }
        bytes += cursor.nextOffset() - cursor.frameOffset();
        if (cursor.type() == Frames.HEARTBEAT) {
            lastHeartbeat = cursor.frameOffset();
            if (everySignature && !chain.signed()) {
                broken(new Chain.Broken(Flaw.SIGNATURE, "the heartbeat is not signed by the writer"));
                return false;
            }
            good.set(chain);
            goodSegment = segment;
            goodOffset = cursor.nextOffset();
            goodBytes = bytes;
            Heartbeat last = chain.last();
            if (last != null) {
                commitments.put(last.epoch(), last.keyCommitment());
            }
        } else {
            lastRecord = cursor.frameOffset();
        }
        note();
        return true;
    }

    private boolean enter(long first) throws IOException {
        SegmentHeader expected = new SegmentHeader(
                metadata.name(), first, chain.last(), chain.frontier().hashes());
        String problem = "the segment does not go on from the one before it";
        int length = -1;
        try {
            SegmentHeader found = SegmentHeader.read(files.file(first), metadata.name());
            if (Arrays.equals(expected.encoded(), found.encoded())) {
                length = found.length();
            }
        } catch (Malformed e) {
            problem = e.getMessage();
        }
        if (length < 0) {
            boolean begun = files.file(first).size() < expected.length();
            Flaw flaw = begun ? Flaw.TORN_TAIL : Flaw.SEGMENT_HEADER;
            fault = lastHeartbeat >= 0 && !chain.signed()
                    ? blame().unsigned(good.size())
                    : new Fault(flaw, new Position(files.label(first), 0, first), problem);
            return false;
        }
        segment = first;
        goodSegment = first;
        goodOffset = length;
        lastRecord = -1;
        lastHeartbeat = -1;
        cursor = new FrameCursor(files.file(first), length, CHUNK);
        return true;
    }

    private Stop broken(Chain.Broken cause) throws IOException {
        fault = blame().of(cause, lastRecord, good.size());
        return Stop.FAULT;
    }

    private Blame blame() {
        return new Blame(files, segment, chain, cursor, lastHeartbeat);
    }
}
