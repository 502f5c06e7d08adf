package dev.croft.mobility.pipeline;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the person stayed between two movements, trips that were none merged into it.
 *
 * @param location where
 * @param enterTs epoch seconds; NaN for the first place
 * @param exitTs epoch seconds; NaN for the last place
 * @param exitZone time zone at the exit; null for the last place
 * @param rawPlaces indices of the raw places it was made of
 */
public record CleanedPlace(
        Fix location,
        double enterTs,
        double exitTs,
        @Nullable String exitZone,
        List<Integer> rawPlaces) {
    public CleanedPlace {
        rawPlaces = List.copyOf(rawPlaces);
    }

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
