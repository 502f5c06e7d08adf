package dev.croft.mobility.pipeline;

import org.jspecify.annotations.Nullable;

/**
 * Where the person stayed between two raw movements.
 *
 * @param location where; the end of the movement before, or for the first place the start of the movement after
 * @param source as of the trips around it
 * @param enterTs epoch seconds; NaN for the first place
 * @param exitTs epoch seconds; NaN for the last place
 * @param exitZone time zone at the exit; null for the last place
 */
public record RawPlace(
        Fix location,
        TrackFilter source,
        double enterTs,
        double exitTs,
        @Nullable String exitZone) {
    /** Whether it is known when the person came here. */
    public boolean hasEnter() {
        return !Double.isNaN(enterTs);
    }

    /** Whether the person has left. */
    public boolean hasExit() {
        return !Double.isNaN(exitTs);
    }

    /** Seconds from enter to exit; NaN where either is unknown. */
    public double duration() {
        return exitTs - enterTs;
    }
}
