package dev.croft.capsule.crypto;

import java.util.Arrays;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.hpke.HPKE;
import org.bouncycastle.crypto.params.X25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.X25519PublicKeyParameters;

/**
 * Hybrid public key encryption in base mode (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, single
 * shot. A sealed message is {@code enc (32 bytes) || ciphertext || tag (16 bytes)}. Whoever holds the reader's key can
 * open it; nothing says who sealed it. Thread-safe.
 */
public final class Hpke {
    /** Bytes that sealing adds to a message. */
    public static final int OVERHEAD = 32 + 16;

    private static final int ENC_LENGTH = 32;

    private Hpke() {}

    /** A sealed message that does not open: wrong key, wrong info or associated data, or changed bytes. */
    public static final class OpenFailed extends RuntimeException {
        private static final long serialVersionUID = 1;

        OpenFailed(String message) {
            super(message);
        }
    }

    /**
     * Seals {@code message} to {@code reader}.
     *
     * @param info what the message is for; the opener must give the same bytes
     * @param associatedData what the message is bound to; the opener must give the same bytes
     */
    public static byte[] seal(ReaderPublicKey reader, byte[] info, byte[] associatedData, byte[] message) {
        try {
            byte[][] sealed = suite().seal(
                            new X25519PublicKeyParameters(reader.encoded()),
                            info,
                            associatedData,
                            message,
                            null,
                            null,
                            null);
            byte[] ciphertext = sealed[0];
            byte[] enc = sealed[1];
            byte[] whole = new byte[enc.length + ciphertext.length];
            System.arraycopy(enc, 0, whole, 0, enc.length);
            System.arraycopy(ciphertext, 0, whole, enc.length, ciphertext.length);
            return whole;
        } catch (InvalidCipherTextException e) {
            throw new IllegalStateException("sealing cannot fail on a valid key", e);
        }
    }

    /**
     * Opens what {@link #seal} made.
     *
     * @throws OpenFailed when it does not authenticate
     */
    public static byte[] open(ReaderKey reader, byte[] info, byte[] associatedData, byte[] sealed) {
        if (sealed.length < OVERHEAD) {
            throw new OpenFailed("a sealed message has at least " + OVERHEAD + " bytes");
        }
        byte[] enc = Arrays.copyOf(sealed, ENC_LENGTH);
        byte[] ciphertext = Arrays.copyOfRange(sealed, ENC_LENGTH, sealed.length);
        var secret = new X25519PrivateKeyParameters(reader.secretScalar());
        var pair = new AsymmetricCipherKeyPair(secret.generatePublicKey(), secret);
        try {
            return suite().open(enc, pair, info, associatedData, ciphertext, null, null, null);
        } catch (InvalidCipherTextException | IllegalStateException | IllegalArgumentException e) {
            throw new OpenFailed("the sealed message does not open with this key");
        }
    }

    private static HPKE suite() {
        return new HPKE(HPKE.mode_base, HPKE.kem_X25519_SHA256, HPKE.kdf_HKDF_SHA256, HPKE.aead_AES_GCM256);
    }
}
