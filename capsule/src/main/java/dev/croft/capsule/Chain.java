package dev.croft.capsule;

import static dev.croft.capsule.FrameCursor.INT;
import static dev.croft.capsule.FrameCursor.LONG;

import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.Malformed;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a capsule's log comes to after some of its frames, and the check that the next frame may follow: place, links,
 * time, epoch, and each heartbeat's agreement with all that came before. No decryption key is needed. Not thread-safe.
 *
 * <p>Signatures are left to {@link #signed()}: each heartbeat carries its predecessor's hash, so the signature of the last
 * one vouches for all.
 */
final class Chain {
    private static final int PREFIX = 1 + RecordHeader.DOMAIN.length;
    private static final int FIELDS = RecordHeader.FIXED_LENGTH + 4;

    private final CapsuleMetadata metadata;
    private final CapsuleName name;
    private final MessageDigest sha = Hash.digest();
    private final byte[] head = new byte[Hash.LENGTH];
    private final byte[] scratch = new byte[PREFIX + FIELDS + Hash.LENGTH];
    private final MerkleFrontier frontier = new MerkleFrontier();
    private long size;
    private long lastMicros;
    private int batchEpoch = -1;
    private @Nullable Heartbeat last;
    private Hash lastHeartbeatHash;

    /** The empty log of this capsule. */
    Chain(CapsuleMetadata metadata) {
        this.metadata = metadata;
        this.name = metadata.name();
        this.lastHeartbeatHash = name.hash();
        System.arraycopy(name.bytes(), 0, head, 0, Hash.LENGTH);
        System.arraycopy(RecordHeader.DOMAIN, 0, scratch, 1, RecordHeader.DOMAIN.length);
    }

    /** A frame that may not follow; {@code blamesPredecessor} when it is the record before it that was changed. */
    static final class Broken extends Exception {
        private static final long serialVersionUID = 1;
        final Flaw flaw;
        final String detail;
        final boolean blamesPredecessor;

        Broken(Flaw flaw, String detail) {
            this(flaw, detail, false);
        }

        Broken(Flaw flaw, String detail, boolean blamesPredecessor) {
            super(detail, null, false, false);
            this.flaw = flaw;
            this.detail = detail;
            this.blamesPredecessor = blamesPredecessor;
        }
    }

    /** Goes on from a heartbeat whose frontier is known; the caller has checked both. */
    void resume(Heartbeat heartbeat, MerkleFrontier at) {
        size = heartbeat.size();
        System.arraycopy(heartbeat.headHash().bytes(), 0, head, 0, Hash.LENGTH);
        lastMicros = Times.micros(heartbeat.timestamp());
        batchEpoch = -1;
        last = heartbeat;
        lastHeartbeatHash = heartbeat.hash();
        frontier.set(at);
    }

    /** Becomes a copy of another chain of the same capsule. */
    void set(Chain other) {
        size = other.size;
        System.arraycopy(other.head, 0, head, 0, Hash.LENGTH);
        lastMicros = other.lastMicros;
        batchEpoch = other.batchEpoch;
        last = other.last;
        lastHeartbeatHash = other.lastHeartbeatHash;
        frontier.set(other.frontier);
    }

    long size() {
        return size;
    }

    long lastMicros() {
        return lastMicros;
    }

    Hash head() {
        return Hash.of(head);
    }

    void copyHead(byte[] out, int offset) {
        System.arraycopy(head, 0, out, offset, Hash.LENGTH);
    }

    MerkleFrontier frontier() {
        return frontier;
    }

    /** The last heartbeat, or null before the first. */
    @Nullable
    Heartbeat last() {
        return last;
    }

    Hash lastHeartbeatHash() {
        return lastHeartbeatHash;
    }

    /** Whether every record is under a heartbeat. */
    boolean atHeartbeat() {
        return last != null && last.size() == size;
    }

    /** Whether the writer signed the last heartbeat. */
    boolean signed() {
        return last != null && last.verify(metadata.writerKey());
    }

    /** Checks that the frame the cursor stands on may follow, and takes it in. */
    void accept(FrameCursor cursor) throws Broken {
        if (cursor.type() == Frames.HEARTBEAT) {
            heartbeat(cursor.buffer(), cursor.payload(), cursor.payloadLength());
        } else {
            record(cursor.buffer(), cursor.payload(), cursor.payloadLength(), cursor.type() == Frames.PRUNED);
        }
    }

    /** Checks that the record in this payload may follow, and takes it in. */
    void record(byte[] buffer, int payload, int length, boolean pruned) throws Broken {
        record(buffer, payload, length, pruned, null, 0);
    }

    /** As {@link #record(byte[], int, int, boolean)}, for a body whose hash the caller has just computed. */
    void record(byte[] buffer, int payload, int length, byte[] bodyHashes, int bodyHash) throws Broken {
        record(buffer, payload, length, false, bodyHashes, bodyHash);
    }

    private void record(
            byte[] buffer, int payload, int length, boolean pruned, byte @Nullable [] bodyHashes, int bodyHash)
            throws Broken {
        if (length < FIELDS) {
            throw new Broken(Flaw.FRAME, "a record's frame is too short");
        }
        if ((long) LONG.get(buffer, payload + Frames.SEQUENCE) != size) {
            throw new Broken(
                    Flaw.SEQUENCE,
                    "found record " + LONG.get(buffer, payload + Frames.SEQUENCE) + " in place of " + size);
        }
        if (!Arrays.equals(buffer, payload + Frames.PREVIOUS, payload + Frames.POINTER_COUNT, head, 0, Hash.LENGTH)) {
            throw new Broken(Flaw.CHAIN, "the link to the preceding record does not hold", true);
        }
        long micros = (long) LONG.get(buffer, payload + Frames.TIMESTAMP);
        if (micros < lastMicros) {
            throw new Broken(Flaw.TIMESTAMP, "time runs backwards");
        }
        int epoch = (int) INT.get(buffer, payload + Frames.EPOCH);
        if (batchEpoch >= 0 ? epoch != batchEpoch : last == null || epoch < last.epoch() || epoch > last.epoch() + 1) {
            throw new Broken(Flaw.EPOCH, "epoch " + epoch + " does not follow");
        }
        recordHash(buffer, payload, length, pruned, bodyHashes, bodyHash, head);
        frontier.add(head, 0);
        size++;
        lastMicros = micros;
        batchEpoch = epoch;
    }

    /** The hash of the record in this payload, as it stands there. */
    void recordHash(byte[] buffer, int payload, int length, boolean pruned, byte[] out) throws Broken {
        recordHash(buffer, payload, length, pruned, null, 0, out);
    }

    private void recordHash(
            byte[] buffer, int payload, int length, boolean pruned, byte @Nullable [] bodyHashes, int known, byte[] out)
            throws Broken {
        int pointers = (buffer[payload + Frames.POINTER_COUNT] & 0xff) << 8
                | buffer[payload + Frames.POINTER_COUNT + 1] & 0xff;
        int fields = FIELDS + pointers * RecordHeader.POINTER_LENGTH;
        if (pointers > RecordHeader.MOST_POINTERS || length < fields) {
            throw new Broken(Flaw.FRAME, "a record's hash pointers do not fit its frame");
        }
        int bodyLength = (int) INT.get(buffer, payload + fields - 4);
        int stored = pruned ? Hash.LENGTH : bodyLength;
        if (bodyLength < BodyCipher.OVERHEAD || bodyLength > Frames.MOST_SEALED_BYTES || length != fields + stored) {
            throw new Broken(Flaw.FRAME, "a record's body does not fit its frame");
        }
        try {
            int bodyHash = scratch.length - Hash.LENGTH;
            if (bodyHashes != null) {
                System.arraycopy(bodyHashes, known, scratch, bodyHash, Hash.LENGTH);
            } else if (pruned) {
                System.arraycopy(buffer, payload + fields, scratch, bodyHash, Hash.LENGTH);
            } else {
                sha.update(buffer, payload + fields, bodyLength);
                sha.digest(scratch, bodyHash, Hash.LENGTH);
            }
            if (pointers == 0) {
                System.arraycopy(buffer, payload, scratch, PREFIX, FIELDS);
                sha.update(scratch, 0, scratch.length);
            } else {
                sha.update(scratch, 0, PREFIX);
                sha.update(buffer, payload, fields);
                sha.update(scratch, bodyHash, Hash.LENGTH);
            }
            sha.digest(out, 0, Hash.LENGTH);
        } catch (DigestException e) {
            throw new IllegalStateException("32 bytes are enough for SHA-256", e);
        }
    }

    /** Takes in a heartbeat this chain's own writer just signed over it. */
    void pulse(Heartbeat heartbeat) throws Broken {
        byte[] encoded = heartbeat.encoded();
        heartbeat(encoded, 0, encoded.length);
    }

    private void heartbeat(byte[] buffer, int payload, int length) throws Broken {
        if (length != Heartbeat.LENGTH) {
            throw new Broken(Flaw.FRAME, "a heartbeat's frame has another length than a heartbeat");
        }
        Heartbeat heartbeat;
        try {
            heartbeat = Heartbeat.decode(name, new ByteReader(buffer, payload, length));
        } catch (Malformed e) {
            throw new Broken(Flaw.FRAME, "heartbeat: " + e.getMessage());
        }
        if (heartbeat.size() != size) {
            throw new Broken(Flaw.SEQUENCE, "a heartbeat of " + heartbeat.size() + " records after " + size);
        }
        if (!heartbeat.previous().equals(lastHeartbeatHash)) {
            throw new Broken(Flaw.HEARTBEAT, "a heartbeat does not follow the one before it");
        }
        if (!Arrays.equals(heartbeat.headHash().bytes(), head)) {
            throw new Broken(
                    Flaw.CHAIN, "the heartbeat names another last record", heartbeat.verify(metadata.writerKey()));
        }
        if (!heartbeat.root().equals(frontier.root())) {
            throw new Broken(Flaw.HEARTBEAT, "the heartbeat's Merkle root is not that of the records");
        }
        if (Times.micros(heartbeat.timestamp()) < lastMicros) {
            throw new Broken(Flaw.TIMESTAMP, "time runs backwards");
        }
        checkEpoch(heartbeat);
        last = heartbeat;
        lastHeartbeatHash = heartbeat.hash();
        lastMicros = Times.micros(heartbeat.timestamp());
        batchEpoch = -1;
    }

    private void checkEpoch(Heartbeat heartbeat) throws Broken {
        int before = last == null ? -1 : last.epoch();
        boolean follows = batchEpoch >= 0
                ? heartbeat.epoch() == batchEpoch
                : heartbeat.epoch() == before + 1 || last != null && heartbeat.epoch() == before;
        if (!follows) {
            throw new Broken(Flaw.EPOCH, "epoch " + heartbeat.epoch() + " does not follow " + before);
        }
        if (last != null
                && heartbeat.epoch() == before
                && !heartbeat.keyCommitment().equals(last.keyCommitment())) {
            throw new Broken(Flaw.EPOCH, "epoch " + before + " changes its data key");
        }
    }
}
