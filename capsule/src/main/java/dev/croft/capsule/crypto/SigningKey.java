package dev.croft.capsule.crypto;

import java.security.SecureRandom;

/**
 * An Ed25519 private key (RFC 8032), held as its 32-byte seed. Immutable and thread-safe; {@code toString} shows the
 * public half only.
 */
public final class SigningKey {
    /** Bytes in a seed. */
    public static final int LENGTH = 32;

    private final byte[] seed;
    private final Ed25519.Signer signer;
    private final VerifyingKey verifyingKey;

    private SigningKey(byte[] seed, Ed25519 engine) {
        this.seed = seed;
        this.signer = engine.signer(seed);
        this.verifyingKey = VerifyingKey.of(Ed25519.publicKey(seed), engine);
    }

    /** A fresh random key. */
    public static SigningKey generate() {
        byte[] seed = new byte[LENGTH];
        new SecureRandom().nextBytes(seed);
        return new SigningKey(seed, Ed25519.fastest());
    }

    /**
     * The key with this seed.
     *
     * @throws IllegalArgumentException when it is not 32 bytes
     */
    public static SigningKey ofSeed(byte[] seed) {
        return ofSeed(seed, Ed25519.fastest());
    }

    static SigningKey ofSeed(byte[] seed, Ed25519 engine) {
        if (seed.length != LENGTH) {
            throw new IllegalArgumentException("an Ed25519 seed has 32 bytes, not " + seed.length);
        }
        return new SigningKey(seed.clone(), engine);
    }

    /** The 64-byte signature of {@code message}. */
    public byte[] sign(byte[] message) {
        return signer.sign(message);
    }

    /** The public half. */
    public VerifyingKey verifyingKey() {
        return verifyingKey;
    }

    /** A copy of the secret seed, for sealing or storing the key. */
    public byte[] secretSeed() {
        return seed.clone();
    }

    @Override
    public String toString() {
        return "SigningKey[" + verifyingKey + "]";
    }
}
