package dev.croft.vault.api;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * What a grant names a service by: what is run, and with which command. It is SHA-256 over
 *
 * <pre>
 * croft-service-v1\n
 * PROGRAM\n            sha256: and 64 hexadecimal digits, of the service's files or its image
 * LENGTH WORD\n        for each word of the command; LENGTH counts the bytes of its UTF-8, in decimal
 * </pre>
 *
 * so that the same files under another command, or with another argument, are another service.
 */
public final class ServiceDigest {
    private static final String PROGRAM = "sha256:[0-9a-f]{64}";
    private static final int MOST_WORDS = 1024;

    private ServiceDigest() {}

    /**
     * The digest, {@code sha256:} and 64 hexadecimal digits.
     *
     * @param program the digest of the service's files or image, as the runtime checks it on what it runs
     * @throws IllegalArgumentException if that is no digest, or the command has no word or over {@value #MOST_WORDS}
     */
    public static String of(String program, List<String> command) {
        check(program, command);
        MessageDigest sha256;
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
        sha256.update(("croft-service-v1\n" + program + "\n").getBytes(StandardCharsets.UTF_8));
        for (String word : command) {
            byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
            sha256.update((bytes.length + " ").getBytes(StandardCharsets.UTF_8));
            sha256.update(bytes);
            sha256.update((byte) '\n');
        }
        return "sha256:" + HexFormat.of().formatHex(sha256.digest());
    }

    static void check(String program, List<String> command) {
        if (!program.matches(PROGRAM) || command.isEmpty() || command.size() > MOST_WORDS) {
            throw new IllegalArgumentException("a service is a digest of its files or image, and a command");
        }
    }
}
