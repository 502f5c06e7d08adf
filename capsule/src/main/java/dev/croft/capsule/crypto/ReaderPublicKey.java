package dev.croft.capsule.crypto;

import java.util.Arrays;
import java.util.HexFormat;

/** An X25519 public key (RFC 7748, 32 bytes) to which data keys are sealed. Immutable and thread-safe. */
public final class ReaderPublicKey {
    /** Bytes in an encoded key. */
    public static final int LENGTH = 32;

    private final byte[] encoded;

    private ReaderPublicKey(byte[] encoded) {
        this.encoded = encoded;
    }

    /**
     * The key with this encoding.
     *
     * @throws IllegalArgumentException when it is not 32 bytes
     */
    public static ReaderPublicKey of(byte[] encoded) {
        if (encoded.length != LENGTH) {
            throw new IllegalArgumentException("an X25519 public key has 32 bytes, not " + encoded.length);
        }
        return new ReaderPublicKey(encoded.clone());
    }

    /** A copy of the 32 bytes. */
    public byte[] encoded() {
        return encoded.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ReaderPublicKey key && Arrays.equals(encoded, key.encoded);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(encoded);
    }

    /** The key in hex. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(encoded);
    }
}
