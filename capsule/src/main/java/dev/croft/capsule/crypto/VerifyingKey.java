package dev.croft.capsule.crypto;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * An Ed25519 public key (RFC 8032, 32 bytes). Equal keys have equal bytes. Immutable and thread-safe.
 *
 * <p>A point that is not on the curve makes a key under which no signature verifies.
 */
public final class VerifyingKey {
    /** Bytes in an encoded key. */
    public static final int LENGTH = 32;

    /** Bytes in a signature. */
    public static final int SIGNATURE_LENGTH = 64;

    private final byte[] encoded;
    private final Ed25519.Checker checker;

    private VerifyingKey(byte[] encoded, Ed25519 engine) {
        this.encoded = encoded;
        this.checker = engine.checker(encoded);
    }

    /**
     * The key with this encoding.
     *
     * @throws IllegalArgumentException when it is not 32 bytes
     */
    public static VerifyingKey of(byte[] encoded) {
        return of(encoded, Ed25519.fastest());
    }

    static VerifyingKey of(byte[] encoded, Ed25519 engine) {
        if (encoded.length != LENGTH) {
            throw new IllegalArgumentException("an Ed25519 public key has 32 bytes, not " + encoded.length);
        }
        return new VerifyingKey(encoded.clone(), engine);
    }

    /** Whether {@code signature} is this key's signature of {@code message}; false for a signature of any other length. */
    public boolean verify(byte[] message, byte[] signature) {
        return signature.length == SIGNATURE_LENGTH && checker.verify(message, signature);
    }

    /** A copy of the 32 bytes. */
    public byte[] encoded() {
        return encoded.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VerifyingKey key && Arrays.equals(encoded, key.encoded);
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
