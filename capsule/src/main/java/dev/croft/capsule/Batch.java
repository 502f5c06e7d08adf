package dev.croft.capsule;

import static dev.croft.capsule.FrameCursor.INT;

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
    private static final int MOST_TOGETHER = 8192;

    private final SecureRandom random = new SecureRandom();
    private byte[] buffer = new byte[64 << 10];
    private int[] starts = new int[2];
    private byte[] hashes = new byte[Hash.LENGTH];
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
        var sealing = new Sealing(cipher, epoch, micros, chain.size(), bodies, pointers, nonce());
        int from = 0;
        while (from < bodies.size()) {
            if (length >= FLUSH_BYTES) {
                flush();
            }
            int to = layOut(sealing, from);
            sealing.run(buffer, starts, from, to, hashes);
            for (int i = from; i < to; i++) {
                int payload = starts[i - from] + Frames.LENGTH_BYTES + 1;
                chain.copyHead(buffer, payload + Frames.PREVIOUS);
                chain.record(buffer, payload, starts[i - from + 1] - payload, hashes, (i - from) * Hash.LENGTH);
            }
            length = starts[to - from];
            from = to;
        }
    }

    /** Finds room for as many records as one write takes, at least one; returns the first that must wait. */
    private int layOut(Sealing sealing, int from) {
        int most = Math.min(MOST_TOGETHER, sealing.size() - from);
        if (starts.length <= most) {
            starts = new int[most + 1];
            hashes = new byte[most * Hash.LENGTH];
        }
        int at = length;
        int to = from;
        while (to - from < most && (to == from || at < FLUSH_BYTES)) {
            starts[to - from] = at;
            at += sealing.frameLength(to++);
        }
        starts[to - from] = at;
        reserve(at - length);
        return to;
    }

    private byte[] nonce() {
        byte[] nonce = new byte[BodyCipher.NONCE_BYTES];
        random.nextBytes(nonce);
        return nonce;
    }

    private void reserve(int more) {
        if (buffer.length - length < more) {
            buffer = Arrays.copyOf(buffer, Math.max(length + more, Math.min(2 * buffer.length, KEPT_BYTES)));
        }
    }
}
