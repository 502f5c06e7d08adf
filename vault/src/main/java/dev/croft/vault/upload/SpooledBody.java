package dev.croft.vault.upload;

import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.RequestProof;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.CipherInputStream;
import javax.crypto.CipherOutputStream;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A body that is read to its end, and its digest known, before any of it is believed. Small ones stay in memory; large ones go to a
 * temporary file under a key that is never stored, so that what a crash leaves of it is noise.
 */
public final class SpooledBody implements AutoCloseable {
    private static final int IN_MEMORY = 1 << 20;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] head;
    private final @Nullable Path file;
    private final byte[] secret;
    private final byte[] sha256;

    private SpooledBody(byte[] head, @Nullable Path file, byte[] secret, byte[] sha256) {
        this.head = head;
        this.file = file;
        this.secret = secret;
        this.sha256 = sha256;
    }

    /**
     * Reads {@code body} to its end.
     *
     * @param directory where a large one is kept
     * @throws ProblemException {@link ProblemCode#TOO_LARGE} above {@code mostBytes}
     */
    public static SpooledBody read(InputStream body, long mostBytes, Path directory) throws IOException {
        MessageDigest digest = RequestProof.sha256();
        var in = new DigestInputStream(body, digest);
        byte[] head = in.readNBytes((int) Math.min(IN_MEMORY, mostBytes + 1));
        if (head.length > mostBytes) {
            throw tooLarge(mostBytes);
        }
        if (head.length < IN_MEMORY) {
            return new SpooledBody(head, null, new byte[0], digest.digest());
        }
        byte[] secret = new byte[48];
        RANDOM.nextBytes(secret);
        Path file = Files.createTempFile(directory, ".upload-", null);
        try {
            try (OutputStream out =
                    new CipherOutputStream(Files.newOutputStream(file), cipher(Cipher.ENCRYPT_MODE, secret))) {
                copy(in, out, mostBytes - head.length, mostBytes);
            }
            return new SpooledBody(head, file, secret, digest.digest());
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    private static void copy(InputStream in, OutputStream out, long left, long mostBytes) throws IOException {
        byte[] buffer = new byte[64 * 1024];
        long rest = left;
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            rest -= n;
            if (rest < 0) {
                throw tooLarge(mostBytes);
            }
            out.write(buffer, 0, n);
        }
    }

    /** SHA-256 of the whole body. */
    public byte[] sha256() {
        return sha256.clone();
    }

    /** The body again. */
    public InputStream open() throws IOException {
        if (file == null) {
            return new ByteArrayInputStream(head);
        }
        return new SequenceInputStream(
                new ByteArrayInputStream(head),
                new CipherInputStream(Files.newInputStream(file), cipher(Cipher.DECRYPT_MODE, secret)));
    }

    private static Cipher cipher(int mode, byte[] secret) {
        try {
            Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
            cipher.init(mode, new SecretKeySpec(secret, 0, 32, "AES"), new IvParameterSpec(secret, 32, 16));
            return cipher;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES in counter mode", e);
        }
    }

    private static ProblemException tooLarge(long mostBytes) {
        return new ProblemException(ProblemCode.TOO_LARGE, "the body may have at most " + mostBytes + " bytes");
    }

    /** Deletes what was kept. */
    @Override
    public void close() throws IOException {
        Arrays.fill(secret, (byte) 0);
        if (file != null) {
            Files.deleteIfExists(file);
        }
    }
}
