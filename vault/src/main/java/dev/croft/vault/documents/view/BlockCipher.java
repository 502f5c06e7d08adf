package dev.croft.vault.documents.view;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * AES-256-GCM of blocks, with random nonces and the block's number as associated data. The key is HKDF-SHA-256 of the view key, the file's salt and
 * what the view is of, so that no block of another file or another capsule opens in its place. An older block of the same
 * file and place would: replaying the log over a file as a whole set back is harmless, and mixing ages needs someone who can write
 * the disk while the owner's cloud runs.
 */
final class BlockCipher {
    static final int PLAIN = 4096;
    static final int NONCE = 12;
    static final int TAG = 16;
    static final int SEALED = NONCE + PLAIN + TAG;
    static final SecureRandom RANDOM = new SecureRandom();

    private static final byte[] LABEL = "croft/view/v1/file".getBytes(StandardCharsets.US_ASCII);

    private final SecretKey key;
    private final BlockingQueue<Cipher> idle = new ArrayBlockingQueue<>(4);

    BlockCipher(byte[] viewKey, byte[] salt, byte[] context) {
        byte[] info = ByteBuffer.allocate(LABEL.length + 1 + context.length)
                .put(LABEL)
                .put((byte) 0)
                .put(context)
                .array();
        try {
            key = KDF.getInstance("HKDF-SHA256")
                    .deriveKey(
                            "AES",
                            HKDFParameterSpec.ofExtract()
                                    .addIKM(viewKey)
                                    .addSalt(salt)
                                    .thenExpand(info, 32));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK 25 has HKDF-SHA256", e);
        }
    }

    void seal(long first, int blocks, byte[] plain, byte[] sealed) {
        byte[] nonces = new byte[NONCE * blocks];
        RANDOM.nextBytes(nonces);
        try {
            Cipher cipher = take();
            for (int i = 0; i < blocks; i++) {
                int at = i * SEALED;
                System.arraycopy(nonces, i * NONCE, sealed, at, NONCE);
                cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(TAG * 8, sealed, at, NONCE));
                cipher.updateAAD(place(first + i));
                cipher.doFinal(plain, i * PLAIN, PLAIN, sealed, at + NONCE);
            }
            give(cipher);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has AES-GCM", e);
        }
    }

    /** Whether every block opened. */
    boolean open(long first, int blocks, byte[] sealed, byte[] plain) {
        try {
            Cipher cipher = take();
            for (int i = 0; i < blocks; i++) {
                int at = i * SEALED;
                cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(TAG * 8, sealed, at, NONCE));
                cipher.updateAAD(place(first + i));
                cipher.doFinal(sealed, at + NONCE, PLAIN + TAG, plain, i * PLAIN);
            }
            give(cipher);
            return true;
        } catch (AEADBadTagException _) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has AES-GCM", e);
        }
    }

    private static byte[] place(long block) {
        return ByteBuffer.allocate(Long.BYTES).putLong(block).array();
    }

    private Cipher take() throws GeneralSecurityException {
        Cipher cipher = idle.poll();
        return cipher != null ? cipher : Cipher.getInstance("AES/GCM/NoPadding");
    }

    private void give(Cipher cipher) {
        // A full pool lets it go to the garbage collector.
        boolean kept = idle.offer(cipher);
        assert kept || idle.remainingCapacity() == 0;
    }
}
