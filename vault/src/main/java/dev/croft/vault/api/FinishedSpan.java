package dev.croft.vault.api;

import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A span of a trace that has ended, in OpenTelemetry's sense. Its name and attributes are routes, states and codes: no id or name of anybody and no part
 * of a document.
 *
 * @param trace 16 bytes in hex
 * @param span 8 bytes in hex
 * @param parent 8 bytes in hex; {@code null} for the first of its trace
 * @param began nanoseconds since 1970
 * @param ended nanoseconds since 1970
 * @param attributes up to 16
 */
public record FinishedSpan(
        String trace,
        String span,
        @Nullable String parent,
        String name,
        Kind kind,
        long began,
        long ended,
        boolean failed,
        Map<String, String> attributes) {
    private static final Pattern TRACE = Pattern.compile("[0-9a-f]{32}");
    private static final Pattern SPAN = Pattern.compile("[0-9a-f]{16}");
    private static final int LONGEST = 200;

    /** Who does what it stands for. */
    public enum Kind {
        SERVER,
        INTERNAL
    }

    /** @throws IllegalArgumentException for what is no span */
    public FinishedSpan {
        attributes = Map.copyOf(attributes);
        if (!TRACE.matcher(trace).matches()
                || !SPAN.matcher(span).matches()
                || parent != null && !SPAN.matcher(parent).matches()
                || name.length() > LONGEST
                || attributes.size() > 16
                || attributes.entrySet().stream()
                        .anyMatch(one -> one.getKey().length() > LONGEST
                                || one.getValue().length() > LONGEST)) {
            throw new IllegalArgumentException("that is no span");
        }
    }
}
