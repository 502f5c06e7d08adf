package dev.croft.capsule.crypto;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import org.bouncycastle.crypto.params.X25519PrivateKeyParameters;

/**
 * An X25519 private key (RFC 7748, 32 bytes) that opens what was sealed to its public half. Immutable and thread-safe;
 * {@code toString} shows the public half only.
 */
public final class ReaderKey {
    /** Bytes in an encoded key. */
    public static final int LENGTH = 32;

    private final byte[] scalar;
    private final ReaderPublicKey publicKey;

    private ReaderKey(byte[] scalar) {
        this.scalar = scalar;
        this.publicKey = ReaderPublicKey.of(
                new X25519PrivateKeyParameters(scalar).generatePublicKey().getEncoded());
    }

    /** A fresh random key. */
    public static ReaderKey generate() {
        byte[] scalar = new byte[LENGTH];
        new SecureRandom().nextBytes(scalar);
        return new ReaderKey(scalar);
    }

    /**
     * The key with this secret scalar.
     *
     * @throws IllegalArgumentException when it is not 32 bytes
     */
    public static ReaderKey of(byte[] scalar) {
        if (scalar.length != LENGTH) {
            throw new IllegalArgumentException("an X25519 private key has 32 bytes, not " + scalar.length);
        }
        return new ReaderKey(scalar.clone());
    }

    /** The public half. */
    public ReaderPublicKey publicKey() {
        return publicKey;
    }

    /** The key by which this reader asks servers, derived from the secret scalar, which it does not tell. */
    public SigningKey askingKey() {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update("croft/asking/v1".getBytes(StandardCharsets.US_ASCII));
            return SigningKey.ofSeed(sha.digest(scalar));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** A copy of the secret scalar, for sealing or storing the key. */
    public byte[] secretScalar() {
        return scalar.clone();
    }

    @Override
    public String toString() {
        return "ReaderKey[" + publicKey + "]";
    }
}
