package dev.croft.runtime.docker;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.BooleanSupplier;

/** A container's log as the engine sends it (8 bytes of stream and length before each piece), made plain. */
final class Frames extends InputStream {
    private final DataInputStream in;
    private final BooleanSupplier closed;
    private long left;

    Frames(InputStream in, BooleanSupplier closed) {
        this.in = new DataInputStream(in);
        this.closed = closed;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        while (left == 0) {
            if (closed.getAsBoolean()) {
                return -1;
            }
            try {
                in.readInt();
                left = Integer.toUnsignedLong(in.readInt());
            } catch (EOFException e) {
                return -1;
            }
        }
        int n = in.read(into, offset, (int) Math.min(length, left));
        left -= Math.max(0, n);
        return n;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
