package dev.croft.capsule;

import dev.croft.capsule.codec.ByteWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.concurrent.ConcurrentLinkedDeque;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals and opens bodies of one epoch with AES-256-GCM. A sealed body is {@code nonce (12 bytes) || ciphertext || tag
 * (16)}; the associated data bind it to capsule, epoch, sequence and time. Nonces start at random for each append, because
 * one counter for all would repeat when a capsule is restored from an older copy. Thread-safe.
 */
final class BodyCipher {
    static final int NONCE_BYTES = 12;
    static final int OVERHEAD = NONCE_BYTES + 16;
    private static final byte[] DOMAIN = "croft/body/v1".getBytes(StandardCharsets.US_ASCII);

    private final SecretKeySpec key;
    private final byte[] prefix;
    private final ConcurrentLinkedDeque<Cipher> idle = new ConcurrentLinkedDeque<>();

    BodyCipher(CapsuleName name, int epoch, byte[] dataKey) {
        this.key = new SecretKeySpec(dataKey, "AES");
        this.prefix =
                new ByteWriter().bytes(DOMAIN).bytes(name.bytes()).u32(epoch).toBytes();
    }

    /** Writes ciphertext and tag of {@code body} behind the nonce that stands at {@code out[offset..]}. */
    void seal(long sequence, long micros, byte[] body, byte[] out, int offset) {
        Cipher cipher = borrow();
        try {
            cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(128, out, offset, NONCE_BYTES));
            cipher.updateAAD(associated(sequence, micros));
            cipher.doFinal(body, 0, body.length, out, offset + NONCE_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("sealing a body failed", e);
        }
        idle.push(cipher);
    }

    /** Opens a sealed body; an {@link AEADBadTagException} says that it was changed or moved. */
    byte[] open(long sequence, long micros, byte[] sealed, int offset, int length) throws AEADBadTagException {
        Cipher cipher = borrow();
        try {
            cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(128, sealed, offset, NONCE_BYTES));
            cipher.updateAAD(associated(sequence, micros));
            byte[] body = cipher.doFinal(sealed, offset + NONCE_BYTES, length - NONCE_BYTES);
            idle.push(cipher);
            return body;
        } catch (AEADBadTagException e) {
            throw e;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("opening a body failed", e);
        }
    }

    private byte[] associated(long sequence, long micros) {
        byte[] bytes = new byte[prefix.length + 16];
        ByteBuffer.wrap(bytes).put(prefix).putLong(sequence).putLong(micros);
        return bytes;
    }

    private Cipher borrow() {
        Cipher cipher = idle.poll();
        if (cipher != null) {
            return cipher;
        }
        try {
            return Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES-GCM", e);
        }
    }
}
