package dev.croft.vault.api;

import java.util.Base64;

/** Base64url without padding (RFC 4648, section 5), as JOSE uses it. */
public final class Base64Url {
    private Base64Url() {}

    /** The text of {@code bytes}. */
    public static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /**
     * The bytes of {@code text}.
     *
     * @throws IllegalArgumentException if it is not base64url, or not in the one form that {@link #encode} gives
     */
    public static byte[] decode(String text) {
        byte[] bytes = Base64.getUrlDecoder().decode(text);
        if (!encode(bytes).equals(text)) {
            throw new IllegalArgumentException("not canonical base64url");
        }
        return bytes;
    }
}
