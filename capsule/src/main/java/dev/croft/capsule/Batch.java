package dev.croft.capsule;

import static dev.croft.capsule.FrameCursor.INT;
import static dev.croft.capsule.FrameCursor.LONG;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lays out, seals and writes the frames of one commit, through a buffer of about a megabyte so that a large commit needs no
 * large memory. Used by one thread at a time.
 */
final class Batch {
    private static final int FLUSH_BYTES = 1 << 20;
    private static final int KEPT_BYTES = 4 << 20;

    private final SecureRandom random = new SecureRandom();
    private byte[] buffer = new byte[64 << 10];
    private byte[] nonces = new byte[0];
    private Disk.@Nullable File file;
    private long end;
    private int length;

    /** Begins a commit whose frames go to this place. */
    void begin(Disk.File to, long offset) {
        file = to;
        end = offset;
        length = 0;
        if (buffer.length > KEPT_BYTES) {
            buffer = new byte[FLUSH_BYTES];
        }
    }

    /** Writes what is left in the buffer; returns where the commit ends. */
    long finish() throws IOException {
        flush();
        return end;
    }

    private void flush() throws IOException {
        if (file != null && length > 0) {
            file.write(ByteBuffer.wrap(buffer, 0, length), end);
            end += length;
            length = 0;
        }
    }

    void heartbeat(Heartbeat heartbeat) {
        reserve(Frames.HEARTBEAT_FRAME);
        INT.set(buffer, length, 1 + Heartbeat.LENGTH);
        buffer[length + Frames.LENGTH_BYTES] = Frames.HEARTBEAT;
        System.arraycopy(heartbeat.encoded(), 0, buffer, length + Frames.LENGTH_BYTES + 1, Heartbeat.LENGTH);
        length += Frames.HEARTBEAT_FRAME;
    }

    /** Seals records and links them behind the chain, which takes them in. */
    void records(
            Chain chain, int epoch, long micros, BodyCipher cipher, List<byte[]> bodies, List<HashPointer> pointers)
            throws Chain.Broken, IOException {
        if (nonces.length != bodies.size() * BodyCipher.NONCE_BYTES) {
            nonces = new byte[bodies.size() * BodyCipher.NONCE_BYTES];
        }
        random.nextBytes(nonces);
        for (int i = 0; i < bodies.size(); i++) {
            List<HashPointer> own = i == 0 ? pointers : List.of();
            if (length >= FLUSH_BYTES) {
                flush();
            }
            reserve(frameLength(bodies.get(i), own.size()));
            record(chain, epoch, micros, cipher, bodies.get(i), own, i * BodyCipher.NONCE_BYTES);
        }
    }

    private void record(
            Chain chain, int epoch, long micros, BodyCipher cipher, byte[] body, List<HashPointer> pointers, int nonce)
            throws Chain.Broken {
        int payload = length + Frames.LENGTH_BYTES + 1;
        int payloadLength = frameLength(body, pointers.size()) - Frames.LENGTH_BYTES - 1;
        INT.set(buffer, length, 1 + payloadLength);
        buffer[length + Frames.LENGTH_BYTES] = Frames.RECORD;
        INT.set(buffer, payload + Frames.EPOCH, epoch);
        LONG.set(buffer, payload + Frames.SEQUENCE, chain.size());
        LONG.set(buffer, payload + Frames.TIMESTAMP, micros);
        chain.copyHead(buffer, payload + Frames.PREVIOUS);
        buffer[payload + Frames.POINTER_COUNT] = (byte) (pointers.size() >>> 8);
        buffer[payload + Frames.POINTER_COUNT + 1] = (byte) pointers.size();
        int at = payload + Frames.POINTERS;
        for (HashPointer pointer : pointers) {
            LONG.set(buffer, at, pointer.sequence());
            System.arraycopy(pointer.hash().bytes(), 0, buffer, at + 8, Hash.LENGTH);
            at += RecordHeader.POINTER_LENGTH;
        }
        INT.set(buffer, at, body.length + BodyCipher.OVERHEAD);
        System.arraycopy(nonces, nonce, buffer, at + 4, BodyCipher.NONCE_BYTES);
        cipher.seal(chain.size(), micros, body, buffer, at + 4);
        chain.record(buffer, payload, payloadLength, false);
        length = payload + payloadLength;
    }

    private static int frameLength(byte[] body, int pointers) {
        return Frames.LENGTH_BYTES
                + 1
                + Frames.POINTERS
                + pointers * RecordHeader.POINTER_LENGTH
                + 4
                + body.length
                + BodyCipher.OVERHEAD;
    }

    private void reserve(int more) {
        if (buffer.length - length < more) {
            buffer = Arrays.copyOf(buffer, Math.max(length + more, Math.min(2 * buffer.length, KEPT_BYTES)));
        }
    }
}
