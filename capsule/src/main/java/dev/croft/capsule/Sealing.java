package dev.croft.capsule;

import static dev.croft.capsule.FrameCursor.INT;
import static dev.croft.capsule.FrameCursor.LONG;

import java.security.DigestException;
import java.security.MessageDigest;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;

/**
 * The part of writing records that does not depend on the records before: laying out their frames, sealing their bodies and
 * hashing what was sealed. Large batches are shared between two threads.
 *
 * <p>Nonces count up from a random start (12 bytes, as one number). Of two such runs under one data key, a nonce of the one
 * is in the other with a probability of their joint length over 2^96, no more than if each nonce were drawn alone.
 */
final class Sealing {
    private static final int SHARED_BYTES = 128 << 10;
    private static final boolean SEVERAL_PROCESSORS = Runtime.getRuntime().availableProcessors() > 1;

    private final BodyCipher cipher;
    private final int epoch;
    private final long micros;
    private final long firstSequence;
    private final List<byte[]> bodies;
    private final List<HashPointer> pointers;
    private final int nonceHigh;
    private final long nonceLow;

    /**
     * @param firstSequence of the first body
     * @param pointers of the first record
     * @param nonce of the first record
     */
    Sealing(
            BodyCipher cipher,
            int epoch,
            long micros,
            long firstSequence,
            List<byte[]> bodies,
            List<HashPointer> pointers,
            byte[] nonce) {
        this.cipher = cipher;
        this.epoch = epoch;
        this.micros = micros;
        this.firstSequence = firstSequence;
        this.bodies = bodies;
        this.pointers = pointers;
        this.nonceHigh = (int) INT.get(nonce, 0);
        this.nonceLow = (long) LONG.get(nonce, Integer.BYTES);
    }

    int size() {
        return bodies.size();
    }

    /** Bytes of the whole frame of a record. */
    int frameLength(int i) {
        int links = i == 0 ? pointers.size() : 0;
        return Frames.LENGTH_BYTES
                + 1
                + Frames.POINTERS
                + links * RecordHeader.POINTER_LENGTH
                + 4
                + bodies.get(i).length
                + BodyCipher.OVERHEAD;
    }

    /**
     * Writes the frames of records {@code from} up to {@code to}, but for the link to the record before.
     *
     * @param starts where each frame stands in {@code out}, and behind them where the last one ends; the first is {@code from}'s
     * @param hashes gets SHA-256 of each sealed body, {@code from}'s first
     */
    void run(byte[] out, int[] starts, int from, int to, byte[] hashes) {
        if (!SEVERAL_PROCESSORS || to - from < 2 || starts[to - from] - starts[0] < SHARED_BYTES) {
            run(out, starts, from, from, to, hashes);
            return;
        }
        int middle = (from + to) >>> 1;
        ForkJoinTask<?> other = ForkJoinPool.commonPool().submit(() -> run(out, starts, from, middle, to, hashes));
        try {
            run(out, starts, from, from, middle, hashes);
        } finally {
            // Until both have ended nobody else may touch the buffer.
            other.quietlyJoin();
        }
        other.join();
    }

    private void run(byte[] out, int[] starts, int base, int from, int to, byte[] hashes) {
        MessageDigest sha = Hash.digest();
        for (int i = from; i < to; i++) {
            record(out, starts[i - base], starts[i - base + 1], i);
            int body = starts[i - base + 1] - bodies.get(i).length - BodyCipher.OVERHEAD;
            sha.update(out, body, starts[i - base + 1] - body);
            try {
                sha.digest(hashes, (i - base) * Hash.LENGTH, Hash.LENGTH);
            } catch (DigestException e) {
                throw new IllegalStateException("32 bytes are enough for SHA-256", e);
            }
        }
    }

    private void record(byte[] out, int start, int end, int i) {
        byte[] body = bodies.get(i);
        List<HashPointer> links = i == 0 ? pointers : List.of();
        int payload = start + Frames.LENGTH_BYTES + 1;
        INT.set(out, start, end - start - Frames.LENGTH_BYTES);
        out[start + Frames.LENGTH_BYTES] = Frames.RECORD;
        INT.set(out, payload + Frames.EPOCH, epoch);
        LONG.set(out, payload + Frames.SEQUENCE, firstSequence + i);
        LONG.set(out, payload + Frames.TIMESTAMP, micros);
        out[payload + Frames.POINTER_COUNT] = (byte) (links.size() >>> 8);
        out[payload + Frames.POINTER_COUNT + 1] = (byte) links.size();
        int at = payload + Frames.POINTERS;
        for (HashPointer pointer : links) {
            LONG.set(out, at, pointer.sequence());
            System.arraycopy(pointer.hash().bytes(), 0, out, at + 8, Hash.LENGTH);
            at += RecordHeader.POINTER_LENGTH;
        }
        INT.set(out, at, body.length + BodyCipher.OVERHEAD);
        long low = nonceLow + i;
        INT.set(out, at + 4, nonceHigh + (Long.compareUnsigned(low, nonceLow) < 0 ? 1 : 0));
        LONG.set(out, at + 4 + Integer.BYTES, low);
        cipher.seal(firstSequence + i, micros, body, out, at + 4);
    }
}
