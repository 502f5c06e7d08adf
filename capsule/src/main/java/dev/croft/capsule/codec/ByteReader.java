package dev.croft.capsule.codec;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads what {@link ByteWriter} wrote. Every length is checked against a bound and against what is left before anything
 * is allocated; every failure is {@link Malformed}. Not thread-safe.
 */
public final class ByteReader {
    private final byte[] source;
    private final int end;
    private int position;

    public ByteReader(byte[] source) {
        this(source, 0, source.length);
    }

    public ByteReader(byte[] source, int offset, int length) {
        this.source = source;
        this.position = offset;
        this.end = offset + length;
    }

    /** Reads a tag and refuses any other. */
    public ByteReader expectTag(String tag) {
        byte[] wanted = new ByteWriter().tag(tag).toBytes();
        if (!Arrays.equals(bytes(Math.min(wanted.length, remaining())), wanted)) {
            throw new Malformed("does not begin with the tag " + tag);
        }
        return this;
    }

    public int u8() {
        need(1);
        return source[position++] & 0xff;
    }

    public int u16() {
        return u8() << 8 | u8();
    }

    public int u32() {
        return u16() << 16 | u16();
    }

    /** A 64-bit integer that must not be negative. */
    public long u63() {
        long value = (long) u32() << 32 | (u32() & 0xffff_ffffL);
        if (value < 0) {
            throw new Malformed("a count or time is negative");
        }
        return value;
    }

    public byte[] bytes(int count) {
        need(count);
        byte[] copy = Arrays.copyOfRange(source, position, position + count);
        position += count;
        return copy;
    }

    /** A 32-bit length of at most {@code most}, then that many bytes. */
    public byte[] framed(int most) {
        return bytes(length(most));
    }

    /** A 32-bit length of at most {@code most}. */
    public int length(int most) {
        int length = u32();
        if (length < 0 || length > most) {
            throw new Malformed("a field is longer than " + most + " bytes");
        }
        return length;
    }

    /** Steps over bytes without copying them. */
    public void skip(int count) {
        need(count);
        position += count;
    }

    /** A 32-bit length of at most {@code most} bytes, then strict UTF-8. */
    public String text(int most) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(framed(most)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new Malformed("text is not UTF-8");
        }
    }

    public int remaining() {
        return end - position;
    }

    /** Refuses anything left over. */
    public void expectEnd() {
        if (position != end) {
            throw new Malformed(remaining() + " bytes too many");
        }
    }

    private void need(int count) {
        if (count < 0 || count > end - position) {
            throw new Malformed("cut short");
        }
    }
}
