package dev.croft.vault.api;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a request stands in a trace: the {@code traceparent} header of W3C Trace Context, level 1. It is made of random numbers and names no person.
 *
 * @param trace 16 bytes in hex
 * @param span of whoever asks, 8 bytes in hex
 * @param sampled whether the spans of this trace are kept
 */
public record TraceContext(String trace, String span, boolean sampled) {
    /** The header. */
    public static final String HEADER = "traceparent";

    private static final Pattern FORM =
            Pattern.compile("00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})");
    private static final SecureRandom RANDOM = new SecureRandom();

    /** What a header says; empty for one that is absent or not well formed. */
    public static Optional<TraceContext> parse(@Nullable String header) {
        if (header == null || header.length() != 55) {
            return Optional.empty();
        }
        Matcher parts = FORM.matcher(header);
        return parts.matches()
                ? Optional.of(new TraceContext(
                        parts.group(1), parts.group(2), (Integer.parseInt(parts.group(3), 16) & 1) == 1))
                : Optional.empty();
    }

    /** The beginning of a trace. */
    public static TraceContext begin(boolean sampled) {
        return new TraceContext(hex(16), hex(8), sampled);
    }

    /** The next span of the same trace. */
    TraceContext next(boolean isSampled) {
        return new TraceContext(trace, hex(8), isSampled);
    }

    private static String hex(int bytes) {
        byte[] random = new byte[bytes];
        RANDOM.nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    /** The header for whoever is asked next. */
    public String header() {
        return "00-" + trace + "-" + span + "-" + (sampled ? "01" : "00");
    }
}
