package dev.croft.vault.api;

/**
 * A half-open span of time.
 *
 * @param from first second that belongs to it, in seconds since the epoch (fractions allowed)
 * @param to first second that does not
 */
public record Span(double from, double to) {
    /** All of time. */
    public static final Span ALL = new Span(-1e15, 1e15);

    /** Refuses what is not a number, infinite or empty. */
    public Span {
        if (!Double.isFinite(from) || !Double.isFinite(to) || from >= to) {
            throw new IllegalArgumentException("not a span of time: [" + from + ", " + to + ")");
        }
    }

    /** Whether all of {@code other} lies within this span. */
    public boolean covers(Span other) {
        return from <= other.from && other.to <= to;
    }

    /** Whether {@code seconds} lies within this span. */
    public boolean contains(double seconds) {
        return from <= seconds && seconds < to;
    }
}
