package dev.croft.vault.api;

import dev.croft.vault.api.KeyFileException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The file of an owner's key: three lines of ASCII, readable and writable by its owner alone.
 *
 * <pre>
 * croft-owner-key v1
 * cloud HEX                                the private cloud's id
 * plain BASE64URL                          the secret, or
 * argon2id SALT MEMORY PASSES LANES BASE64URL   nonce (12 bytes) and secret sealed with AES-256-GCM by the key that Argon2id
 *                                          makes of the passphrase, bound to the two lines above
 * </pre>
 */
final class KeyFile {
    private static final String FIRST_LINE = "croft-owner-key v1";
    private static final int NONCE = 12;
    private static final int MOST_BYTES = 4096;
    private static final SecureRandom RANDOM = new SecureRandom();

    private KeyFile() {}

    static void write(Path file, OwnerKey key, char @Nullable [] passphrase) {
        byte[] secret = key.secretBytes();
        byte[] content = new byte[0];
        try {
            String head = FIRST_LINE + "\ncloud " + key.cloudId() + "\n";
            String last = passphrase == null ? "plain " + Base64Url.encode(secret) : seal(head, secret, passphrase);
            content = (head + last + "\n").getBytes(StandardCharsets.US_ASCII);
            var onlyOwner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
            // The permission is given at creation: there is no moment in which others can open the file.
            try (var out = Files.newByteChannel(
                    file,
                    EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.DSYNC),
                    onlyOwner)) {
                var bytes = ByteBuffer.wrap(content);
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
            }
        } catch (FileAlreadyExistsException e) {
            throw new KeyFileException(file, Reason.EXISTS, "There is a file already");
        } catch (IOException e) {
            throw new KeyFileException(
                    file,
                    Reason.IO,
                    "Cannot write the key file (" + e.getClass().getSimpleName() + ")");
        } finally {
            Arrays.fill(secret, (byte) 0);
            Arrays.fill(content, (byte) 0);
        }
    }

    static OwnerKey read(Path file, char @Nullable [] passphrase) {
        List<String> lines = lines(file);
        if (lines.size() != 3
                || !lines.get(0).equals(FIRST_LINE)
                || !lines.get(1).startsWith("cloud ")) {
            throw malformed(file);
        }
        byte[] secret = secret(file, lines, passphrase);
        try {
            OwnerKey key = OwnerKey.of(secret);
            if (!lines.get(1).equals("cloud " + key.cloudId())) {
                throw malformed(file);
            }
            return key;
        } catch (IllegalArgumentException e) {
            throw malformed(file);
        } finally {
            Arrays.fill(secret, (byte) 0);
        }
    }

    private static List<String> lines(Path file) {
        try {
            var view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
            if (view != null
                    && view.readAttributes().permissions().stream()
                            .anyMatch(permission -> permission.name().startsWith("GROUP_")
                                    || permission.name().startsWith("OTHERS_"))) {
                throw new KeyFileException(file, Reason.OPEN_TO_OTHERS, "Others than its owner may use the key file");
            }
            if (Files.size(file) > MOST_BYTES) {
                throw malformed(file);
            }
            return Files.readString(file, StandardCharsets.US_ASCII).lines().toList();
        } catch (NoSuchFileException e) {
            throw new KeyFileException(file, Reason.IO, "There is no key file");
        } catch (IOException e) {
            throw new KeyFileException(
                    file, Reason.IO, "Cannot read the key file (" + e.getClass().getSimpleName() + ")");
        }
    }

    private static byte[] secret(Path file, List<String> lines, char @Nullable [] passphrase) {
        String[] words = lines.get(2).split(" ", -1);
        try {
            if (words.length == 2 && words[0].equals("plain")) {
                return Base64Url.decode(words[1]);
            }
            if (words.length == 6 && words[0].equals("argon2id")) {
                if (passphrase == null) {
                    throw new KeyFileException(file, Reason.PASSPHRASE_NEEDED, "The key file needs its passphrase");
                }
                var parameters = new Passphrase(
                        words[1], Integer.parseInt(words[2]), Integer.parseInt(words[3]), Integer.parseInt(words[4]));
                String head = lines.get(0) + "\n" + lines.get(1) + "\n";
                return open(head, parameters, passphrase, Base64Url.decode(words[5]));
            }
        } catch (GeneralSecurityException e) {
            throw new KeyFileException(file, Reason.WRONG_PASSPHRASE, "The passphrase does not open the key file");
        } catch (IllegalArgumentException e) {
            throw malformed(file);
        }
        throw malformed(file);
    }

    private static byte[] open(String head, Passphrase parameters, char[] passphrase, byte[] sealed)
            throws GeneralSecurityException {
        List<char[]> spellings = Passphrase.spellings(passphrase);
        try {
            for (int i = 0; ; i++) {
                try {
                    return crypt(Cipher.DECRYPT_MODE, head, parameters, spellings.get(i), sealed);
                } catch (AEADBadTagException e) {
                    if (i == spellings.size() - 1) {
                        throw e;
                    }
                }
            }
        } finally {
            spellings.forEach(spelling -> Arrays.fill(spelling, '\0'));
        }
    }

    private static String seal(String head, byte[] secret, char[] passphrase) {
        byte[] salt = new byte[16];
        RANDOM.nextBytes(salt);
        byte[] nonceAndSecret = new byte[NONCE + secret.length];
        byte[] nonce = new byte[NONCE];
        RANDOM.nextBytes(nonce);
        System.arraycopy(nonce, 0, nonceAndSecret, 0, NONCE);
        System.arraycopy(secret, 0, nonceAndSecret, NONCE, secret.length);
        Passphrase parameters = Passphrase.recommended(salt);
        char[] normalized = Passphrase.normalized(passphrase);
        try {
            byte[] sealed = crypt(Cipher.ENCRYPT_MODE, head, parameters, normalized, nonceAndSecret);
            byte[] whole = Arrays.copyOf(nonce, NONCE + sealed.length);
            System.arraycopy(sealed, 0, whole, NONCE, sealed.length);
            return "argon2id " + parameters.salt() + " " + parameters.memoryKib() + " " + parameters.iterations() + " "
                    + parameters.parallelism() + " " + Base64Url.encode(whole);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("sealing cannot fail", e);
        } finally {
            Arrays.fill(nonceAndSecret, (byte) 0);
            Arrays.fill(normalized, '\0');
        }
    }

    private static byte[] crypt(int mode, String head, Passphrase parameters, char[] passphrase, byte[] nonceAndText)
            throws GeneralSecurityException {
        if (nonceAndText.length < NONCE) {
            throw new IllegalArgumentException("too short");
        }
        byte[] key = OwnerKey.argon2id(passphrase, parameters);
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonceAndText, 0, NONCE));
            cipher.updateAAD(head.getBytes(StandardCharsets.US_ASCII));
            return cipher.doFinal(nonceAndText, NONCE, nonceAndText.length - NONCE);
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }

    private static KeyFileException malformed(Path file) {
        return new KeyFileException(file, Reason.MALFORMED, "Not a key file of an owner");
    }
}
