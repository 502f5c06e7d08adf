package dev.croft.capsule.mount;

import dev.croft.capsule.mount.Errno.Failed;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * One request of the kernel: {@code fuse_in_header}, then what the operation takes, in the machine's byte order. See linux/fuse.h.
 *
 * @param operation one of {@link Operation}'s numbers
 * @param unique what the reply must say
 * @param node which file or folder it is about
 * @param body what follows the header
 */
record Request(int operation, long unique, long node, ByteBuffer body) {
    static final int HEADER = 40;

    /** Takes a request of at least a header apart. */
    static Request of(ByteBuffer bytes) {
        return new Request(
                bytes.getInt(4),
                bytes.getLong(8),
                bytes.getLong(16),
                bytes.slice(HEADER, bytes.limit() - HEADER).order(bytes.order()));
    }

    int u32(int offset) {
        require(offset, 4);
        return body.getInt(offset);
    }

    /** A number that no file has, if it is over 2^63, is refused. */
    long u63(int offset) {
        long value = u64(offset);
        if (value < 0) {
            throw new Failed(Errno.EINVAL);
        }
        return value;
    }

    long u64(int offset) {
        require(offset, 8);
        return body.getLong(offset);
    }

    private void require(int offset, int count) {
        if (offset > body.limit() || body.limit() - offset < count) {
            throw new Failed(Errno.EINVAL);
        }
    }

    /** The name that begins here and ends with a zero byte. */
    String name(int offset) {
        int end = end(offset);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(body.slice(offset, end - offset))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new Failed(Errno.EILSEQ);
        }
    }

    /** Where the next name begins. */
    int behindName(int offset) {
        return end(offset) + 1;
    }

    private int end(int offset) {
        for (int at = offset; at < body.limit(); at++) {
            if (body.get(at) == 0) {
                return at;
            }
        }
        throw new Failed(Errno.EINVAL);
    }

    /** Bytes to write. */
    ByteBuffer data(int offset, int count) {
        if (count < 0) {
            throw new Failed(Errno.EINVAL);
        }
        require(offset, count);
        return body.slice(offset, count);
    }
}
