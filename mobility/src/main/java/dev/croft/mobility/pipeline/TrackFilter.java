package dev.croft.mobility.pipeline;

import org.jspecify.annotations.Nullable;

/** How a phone thinned its location stream, which decides how trips are found in it. */
public enum TrackFilter {
    /** Android: one point every so many seconds. */
    TIME("time", "DwellSegmentationTimeFilter", 2500),
    /** iOS: one point every so many metres. */
    DISTANCE("distance", "DwellSegmentationDistFilter", 1200);

    private final String label;
    private final String source;
    private final double untrackedDistance;

    TrackFilter(String label, String source, double untrackedDistance) {
        this.label = label;
        this.source = source;
        this.untrackedDistance = untrackedDistance;
    }

    /** The value of {@code data.filter}. */
    public String label() {
        return label;
    }

    /** The name e-mission records as the {@code source} of what it segmented by this filter. */
    public String source() {
        return source;
    }

    /** From this crow distance (metres) on, a slow gap between a place and the next trip is untracked time. */
    double untrackedDistance() {
        return untrackedDistance;
    }

    /** The filter with that label, or null if the label is none. */
    public static @Nullable TrackFilter ofLabel(@Nullable String label) {
        if (TIME.label.equals(label)) {
            return TIME;
        }
        return DISTANCE.label.equals(label) ? DISTANCE : null;
    }
}
