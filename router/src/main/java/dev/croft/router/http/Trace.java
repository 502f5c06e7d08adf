package dev.croft.router.http;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a request stands in the trace of whoever asked: the {@code traceparent} header of W3C Trace Context, level 1. What came in well formed is
 * gone on with, anything else begins a trace of its own. It names no person, and is passed to the permission manager.
 *
 * @param trace 16 bytes in hex
 * @param span of this router's part, 8 bytes in hex
 * @param flags 1 byte in hex; 01 when whoever asked keeps it
 */
record Trace(String trace, String span, String flags) {
    static final String HEADER = "traceparent";

    private static final Pattern FORM =
            Pattern.compile("00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})");
    private static final SecureRandom RANDOM = new SecureRandom();

    static Trace of(@Nullable String header) {
        if (header != null) {
            var parts = FORM.matcher(header);
            if (parts.matches()) {
                return new Trace(parts.group(1), hex(8), parts.group(2));
            }
        }
        return new Trace(hex(16), hex(8), "00");
    }

    private static String hex(int bytes) {
        byte[] random = new byte[bytes];
        RANDOM.nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    /** The header for whoever is asked next. */
    String header() {
        return "00-" + trace + "-" + span + "-" + flags;
    }
}
