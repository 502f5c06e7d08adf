package dev.croft.router.fleet;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A body whose length nobody told: so much of it and no more, which whoever reads on is refused. Read by one thread. */
final class BoundedBody extends FilterInputStream {

    private final long most;
    private long read;
    private volatile boolean exceeded;

    BoundedBody(InputStream in, long most) {
        super(in);
        this.most = most;
    }

    /** Whether there was more. */
    boolean isExceeded() {
        return exceeded;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int n = super.read(into, offset, length);
        if (n > 0) {
            read += n;
            if (read > most) {
                exceeded = true;
                throw new IOException("the body has more than " + most + " bytes");
            }
        }
        return n;
    }

    @Override
    public long skip(long n) throws IOException {
        throw new IOException("nothing of the body is left out");
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
