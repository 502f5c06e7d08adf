package dev.croft.runtime.kubernetes;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/** The last bytes of a stream. */
final class Tail {
    private final byte[] ring;
    private long total;

    Tail(long most) {
        ring = new byte[(int) Math.min(most, 64L << 20)];
    }

    Tail readAll(InputStream in) throws IOException {
        byte[] buffer = new byte[16_384];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            for (int from = 0; from < n; ) {
                int at = (int) (total % ring.length);
                int some = Math.min(n - from, ring.length - at);
                System.arraycopy(buffer, from, ring, at, some);
                from += some;
                total += some;
            }
        }
        return this;
    }

    byte[] bytes() {
        int length = (int) Math.min(total, ring.length);
        byte[] bytes = new byte[length];
        int from = (int) ((total - length) % ring.length);
        int some = Math.min(length, ring.length - from);
        System.arraycopy(ring, from, bytes, 0, some);
        System.arraycopy(ring, 0, bytes, some, length - some);
        return bytes;
    }

    InputStream stream() {
        return new ByteArrayInputStream(bytes());
    }
}
