package dev.croft.capsule;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Steps through the frames of one segment file, up to a limit. Memory is bounded by the largest frame. Not thread-safe.
 *
 * <p>After {@link #next} returned {@link Step#FRAME}, the frame's payload is {@code buffer[payload .. payload +
 * payloadLength)}.
 */
final class FrameCursor {
    static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /** How a step ended. */
    enum Step {
        /** On a whole frame of a known type. */
        FRAME,
        /** Exactly at the limit. */
        END,
        /** On bytes that could begin a frame that the limit cuts short. */
        CUT,
        /** On bytes that begin no frame. */
        BAD
    }

    private final Disk.File file;
    private final int chunk;
    private byte[] buffer;
    private long bufferStart;
    private int bufferLength;
    private long frame;
    private long nextFrame;
    private byte type;
    private int payload;
    private int payloadLength;

    FrameCursor(Disk.File file, long offset, int chunk) {
        this.file = file;
        this.chunk = chunk;
        this.buffer = new byte[chunk];
        this.bufferStart = offset;
        this.nextFrame = offset;
        this.frame = offset;
    }

    /** Moves to the next frame, reading no byte at or behind {@code limit}. */
    Step next(long limit) throws IOException {
        frame = nextFrame;
        if (frame == limit) {
            return Step.END;
        }
        if (limit - frame < Frames.LENGTH_BYTES + 1) {
            return Step.CUT;
        }
        if (!ensure(frame, Frames.LENGTH_BYTES + 1, limit)) {
            return Step.CUT;
        }
        int at = (int) (frame - bufferStart);
        int length = (int) INT.get(buffer, at);
        type = buffer[at + Frames.LENGTH_BYTES];
        if (length < 1
                || length > Frames.MOST_FRAME_BYTES
                || type < Frames.RECORD
                || type > Frames.PRUNED
                || type == Frames.HEARTBEAT && length != 1 + Heartbeat.LENGTH) {
            return Step.BAD;
        }
        if (limit - frame < Frames.LENGTH_BYTES + length || !ensure(frame, Frames.LENGTH_BYTES + length, limit)) {
            return Step.CUT;
        }
        payload = (int) (frame - bufferStart) + Frames.LENGTH_BYTES + 1;
        payloadLength = length - 1;
        nextFrame = frame + Frames.LENGTH_BYTES + length;
        return Step.FRAME;
    }

    /** Goes back to the start of the frame just stepped on, so that the next step finds it again. */
    void stepBack() {
        nextFrame = frame;
    }

    /** Where the frame just stepped on, or the bytes that are none, begin in the file. */
    long frameOffset() {
        return frame;
    }

    /** Where the next frame begins. */
    long nextOffset() {
        return nextFrame;
    }

    byte type() {
        return type;
    }

    byte[] buffer() {
        return buffer;
    }

    int payload() {
        return payload;
    }

    int payloadLength() {
        return payloadLength;
    }

    long sequence() {
        return (long) LONG.get(buffer, payload + Frames.SEQUENCE);
    }

    /** Where in the payload of the record just stepped on its sealed body begins, or the hash in place of one. */
    int bodyOffset() {
        if (payloadLength < Frames.POINTERS + 4) {
            return payloadLength;
        }
        return Math.min(payloadLength, Frames.POINTERS + pointers() * RecordHeader.POINTER_LENGTH + 4);
    }

    /** How many hash pointers the record just stepped on says it has. */
    int pointers() {
        int at = payload + Frames.POINTER_COUNT;
        return (buffer[at] & 0xff) << 8 | buffer[at + 1] & 0xff;
    }

    /** Whether the frame just stepped on is this record's. */
    boolean onRecord(long sequence) {
        return payloadLength >= Frames.POINTERS + 4 && type != Frames.HEARTBEAT && sequence() == sequence;
    }

    private boolean ensure(long from, int count, long limit) throws IOException {
        if (from >= bufferStart && from + count <= bufferStart + bufferLength) {
            return true;
        }
        int kept = 0;
        if (from >= bufferStart && from < bufferStart + bufferLength) {
            kept = (int) (bufferStart + bufferLength - from);
            if (count > buffer.length) {
                byte[] larger = new byte[count];
                System.arraycopy(buffer, (int) (from - bufferStart), larger, 0, kept);
                buffer = larger;
            } else {
                System.arraycopy(buffer, (int) (from - bufferStart), buffer, 0, kept);
            }
        } else if (count > buffer.length) {
            buffer = new byte[count];
        } else if (buffer.length > 4 * chunk && count <= chunk) {
            buffer = new byte[chunk];
        }
        bufferStart = from;
        bufferLength = kept;
        ByteBuffer into = ByteBuffer.wrap(buffer, kept, (int) Math.min(buffer.length, limit - from) - kept);
        while (into.hasRemaining()) {
            int read = file.read(into, bufferStart + into.position());
            if (read < 0) {
                break;
            }
        }
        bufferLength = into.position();
        return bufferLength >= count;
    }
}
