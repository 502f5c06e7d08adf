package dev.croft.runtime.registry;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;

/** So many bytes of a stream, counted as they are read. Not thread-safe. */
final class Stretch extends InputStream {
    private final InputStream in;
    private final LongConsumer moved;
    private long left;

    Stretch(InputStream in, long length, LongConsumer moved) {
        this.in = in;
        this.left = length;
        this.moved = moved;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (left == 0) {
            return -1;
        }
        int n = in.read(buffer, offset, (int) Math.min(length, left));
        if (n < 0) {
            throw new IOException("the archive became shorter while it was read");
        }
        left -= n;
        moved.accept(n);
        return n;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
