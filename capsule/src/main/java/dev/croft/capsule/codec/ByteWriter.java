package dev.croft.capsule.codec;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes big-endian integers and length-framed fields into a growing buffer. Not thread-safe. */
public final class ByteWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(256);

    /** A domain tag: its length in 16 bits, then its ASCII bytes. */
    public ByteWriter tag(String tag) {
        byte[] ascii = tag.getBytes(StandardCharsets.US_ASCII);
        return u16(ascii.length).bytes(ascii);
    }

    public ByteWriter u8(int value) {
        out.write(value);
        return this;
    }

    public ByteWriter u16(int value) {
        if (value >>> 16 != 0) {
            throw new IllegalArgumentException("does not fit 16 bits: " + value);
        }
        return u8(value >>> 8).u8(value);
    }

    public ByteWriter u32(int value) {
        return u8(value >>> 24).u8(value >>> 16).u8(value >>> 8).u8(value);
    }

    public ByteWriter u64(long value) {
        return u32((int) (value >>> 32)).u32((int) value);
    }

    /** The bytes themselves, no length. */
    public ByteWriter bytes(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    /** A 32-bit length, then the bytes. */
    public ByteWriter framed(byte[] bytes) {
        return u32(bytes.length).bytes(bytes);
    }

    /** A 32-bit length, then the text in UTF-8. */
    public ByteWriter text(String text) {
        return framed(text.getBytes(StandardCharsets.UTF_8));
    }

    public byte[] toBytes() {
        return out.toByteArray();
    }
}
