package dev.croft.vault.api;

import com.password4j.Argon2Function;
import com.password4j.types.Argon2;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;
import javax.security.auth.Destroyable;
import org.jspecify.annotations.Nullable;

/**
 * The one secret of an owner, 32 bytes, from which every other key follows by HKDF-SHA-256 (RFC 5869) with a label for each purpose.
 * Losing it loses the data; whoever has it is the owner.
 *
 * <p>Thread-safe. {@code toString} shows the private cloud's id only. {@link #destroy} overwrites the secret; keys derived before then live
 * on in their own objects until those are collected.
 */
public final class OwnerKey implements Destroyable, AutoCloseable {
    /** Bytes in the secret. */
    public static final int LENGTH = 32;

    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] root;
    private final SigningKey signingKey;
    private boolean destroyed;

    private OwnerKey(byte[] root) {
        this.root = root;
        this.signingKey = SigningKey.ofSeed(derive("croft/owner/sign/v1"));
    }

    /** A fresh random key. */
    public static OwnerKey generate() {
        byte[] root = new byte[LENGTH];
        RANDOM.nextBytes(root);
        return new OwnerKey(root);
    }

    /**
     * The key with these 32 bytes, of which it takes a copy.
     *
     * @throws IllegalArgumentException if there are not 32
     */
    public static OwnerKey of(byte[] root) {
        if (root.length != LENGTH) {
            throw new IllegalArgumentException("an owner's key has " + LENGTH + " bytes");
        }
        return new OwnerKey(root.clone());
    }

    /**
     * The key a passphrase makes, by Argon2id (RFC 9106) of its UTF-8; takes some tenths of a second and the memory the parameters name.
     * A new one is to be {@link Passphrase#normalized}; of one that was typed again every one of its {@link Passphrase#spellings} is tried.
     */
    public static OwnerKey fromPassphrase(char[] passphrase, Passphrase parameters) {
        return new OwnerKey(argon2id(passphrase, parameters));
    }

    /** Reads a key file, see {@link KeyFile}. */
    public static OwnerKey load(Path file, char @Nullable [] passphrase) {
        return KeyFile.read(file, passphrase);
    }

    /** Writes a new key file that only its owner may read, sealed by a passphrase if one is given, see {@link KeyFile}. */
    public void save(Path file, char @Nullable [] passphrase) {
        KeyFile.write(file, this, passphrase);
    }

    static byte[] argon2id(char[] passphrase, Passphrase parameters) {
        ByteBuffer encoded = StandardCharsets.UTF_8.encode(CharBuffer.wrap(passphrase));
        byte[] plain = new byte[encoded.remaining()];
        encoded.get(plain);
        try {
            return Argon2Function.getInstance(
                            parameters.memoryKib(),
                            parameters.iterations(),
                            parameters.parallelism(),
                            LENGTH,
                            Argon2.ID)
                    .hash(plain, Base64Url.decode(parameters.salt()))
                    .getBytes();
        } finally {
            Arrays.fill(plain, (byte) 0);
            Arrays.fill(encoded.array(), (byte) 0);
        }
    }

    /** Signs grants and proofs. */
    public SigningKey signingKey() {
        return signingKey;
    }

    /** The public half of {@link #signingKey}: who the owner is. */
    public VerifyingKey publicKey() {
        return signingKey.verifyingKey();
    }

    /** Opens the owner's capsules. */
    public ReaderKey readerKey() {
        return ReaderKey.of(derive("croft/owner/read/v1"));
    }

    /** Tells this key from every other without telling anything of it: 32 bytes to keep and compare. */
    public byte[] checkValue() {
        return derive("croft/owner/check/v1");
    }

    /** Encrypts the view of the documents: 32 bytes. */
    public byte[] viewKey() {
        return derive("croft/view/v1");
    }

    /** Signs the heads of the capsule of this name ({@code data}, {@code grants}, {@code budget}, {@code audit}). */
    public SigningKey writerKey(String capsule) {
        return SigningKey.ofSeed(derive("croft/writer/" + capsule + "/v1"));
    }

    /** What tells the owner's capsule of this name from every other capsule: 16 bytes of its metadata. */
    public byte[] capsuleNonce(String capsule) {
        return Arrays.copyOf(derive("croft/capsule/" + capsule + "/v1"), 16);
    }

    /** The id of the owner's private cloud. */
    public String cloudId() {
        return cloudId(publicKey());
    }

    /** The id of the private cloud of the owner with this public key: 32 hexadecimal digits. */
    public static String cloudId(VerifyingKey owner) {
        MessageDigest sha256 = RequestProof.sha256();
        sha256.update("croft/cloud/v1".getBytes(StandardCharsets.US_ASCII));
        return HexFormat.of().formatHex(sha256.digest(owner.encoded()), 0, 16);
    }

    /** A copy of the secret, for sealing it; whoever asks for it overwrites it. */
    public synchronized byte[] secretBytes() {
        if (destroyed) {
            throw new IllegalStateException("the key was destroyed");
        }
        return root.clone();
    }

    private byte[] derive(String label) {
        byte[] secret = secretBytes();
        try {
            return KDF.getInstance("HKDF-SHA256")
                    .deriveData(HKDFParameterSpec.ofExtract()
                            .addIKM(secret)
                            .thenExpand(label.getBytes(StandardCharsets.US_ASCII), LENGTH));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java 25 has HKDF-SHA256", e);
        } finally {
            Arrays.fill(secret, (byte) 0);
        }
    }

    @Override
    public synchronized void destroy() {
        Arrays.fill(root, (byte) 0);
        destroyed = true;
    }

    @Override
    public synchronized boolean isDestroyed() {
        return destroyed;
    }

    /** The same as {@link #destroy}. */
    @Override
    public void close() {
        destroy();
    }

    @Override
    public String toString() {
        return "OwnerKey[of " + cloudId() + "]";
    }
}
