package dev.croft.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * A SHA-256 digest (FIPS 180-4) in the form that OCI uses, {@code sha256:<64 hex>}.
 *
 * @param hex 64 lower-case hexadecimal digits
 */
public record Digest(String hex) {
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

    public Digest {
        if (!HEX.matcher(hex).matches()) {
            throw new WorkloadException.InvalidSpec("not a SHA-256 in hex: " + Quote.of(hex));
        }
    }

    /** Reads {@code sha256:<64 hex>}; anything else is {@link WorkloadException.InvalidSpec}. */
    public static Digest parse(String text) {
        if (!text.startsWith("sha256:")) {
            throw new WorkloadException.InvalidSpec("not a sha256: digest: " + Quote.of(text));
        }
        return new Digest(text.substring("sha256:".length()));
    }

    /** The digest of these bytes. */
    public static Digest of(byte[] bytes) {
        return ofHash(sha256().digest(bytes));
    }

    /** The digest of what is left of a stream, which stays open. */
    public static Digest of(InputStream in) throws IOException {
        MessageDigest hash = sha256();
        byte[] buffer = new byte[1 << 16];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            hash.update(buffer, 0, n);
        }
        return ofHash(hash.digest());
    }

    static Digest ofHash(byte[] hash) {
        return new Digest(HexFormat.of().formatHex(hash));
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return "sha256:" + hex;
    }
}
