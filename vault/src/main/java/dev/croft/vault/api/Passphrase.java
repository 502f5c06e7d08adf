package dev.croft.vault.api;

import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How a key is made from a human's passphrase by Argon2id (RFC 9106).
 *
 * @param salt at least 16 bytes, base64url
 * @param memoryKib KiB of memory
 * @param iterations passes over it
 * @param parallelism lanes
 */
public record Passphrase(String salt, int memoryKib, int iterations, int parallelism) {
    /** RFC 9106's second recommendation: 64 MiB, three passes, four lanes. */
    public static Passphrase recommended(byte[] salt) {
        return new Passphrase(Base64Url.encode(salt), 64 * 1024, 3, 4);
    }

    /**
     * The second recommendation with a salt that follows from a name, so that whoever has the passphrase and knows the name makes the same key
     * anywhere, with nothing kept. Such a salt differs from person to person but is no surprise: who expects the name can begin to guess before.
     *
     * @param name one to 255 characters; capital letters, blanks around it and how an accent is encoded make no difference
     */
    public static Passphrase named(String name) {
        String plain = Normalizer.normalize(name.strip(), Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
        if (plain.isEmpty() || plain.length() > 255) {
            throw new IllegalArgumentException("a name has 1 to 255 characters");
        }
        return recommended(
                RequestProof.sha256().digest(("croft/passphrase/v1\n" + plain).getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * A new passphrase as its key is made from it: in Unicode's form NFC, as keyboards and systems encode one accent in several ways.
     *
     * @return a copy, which the caller overwrites
     */
    public static char[] normalized(char[] typed) {
        return in(Normalizer.Form.NFC, typed);
    }

    /**
     * How a passphrase may have been encoded when its key was made: as it was typed now, in NFC, and in NFD for what was made before
     * passphrases were normalised; each once.
     *
     * @return copies, which the caller overwrites
     */
    public static List<char[]> spellings(char[] typed) {
        List<char[]> all = new ArrayList<>();
        all.add(typed.clone());
        for (Normalizer.Form form : List.of(Normalizer.Form.NFC, Normalizer.Form.NFD)) {
            char[] other = in(form, typed);
            if (all.stream().noneMatch(one -> Arrays.equals(one, other))) {
                all.add(other);
            } else {
                Arrays.fill(other, '\0');
            }
        }
        return all;
    }

    /** What is in that form already, as all ASCII is, never becomes a String, which nothing overwrites. */
    private static char[] in(Normalizer.Form form, char[] typed) {
        CharBuffer text = CharBuffer.wrap(typed);
        return Normalizer.isNormalized(text, form)
                ? typed.clone()
                : Normalizer.normalize(text, form).toCharArray();
    }

    /** Refuses parameters too weak to protect, or so strong that they would stop the machine. */
    public Passphrase {
        int saltBytes = Base64Url.decode(salt).length;
        if (saltBytes < 16 || saltBytes > 64) {
            throw new IllegalArgumentException("a salt has 16 to 64 bytes");
        }
        if (memoryKib < 8 * 1024
                || memoryKib > 1024 * 1024
                || iterations < 1
                || iterations > 20
                || parallelism < 1
                || parallelism > 16) {
            throw new IllegalArgumentException("Argon2id parameters out of range");
        }
    }
}
