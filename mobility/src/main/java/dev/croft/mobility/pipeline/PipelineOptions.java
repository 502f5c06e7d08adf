package dev.croft.mobility.pipeline;

/**
 * What may differ between runs.
 *
 * @param accuracyFilter whether to derive filtered locations from {@code background/location} first; off in e-mission's
 *     default configuration, because phones filter themselves
 * @param transit where public transport stops are looked up; {@link TransitLookup#NONE} keeps places on this machine
 */
public record PipelineOptions(boolean accuracyFilter, TransitLookup transit) {
    /** No accuracy filter, no look-ups. */
    public static final PipelineOptions DEFAULT = new PipelineOptions(false, TransitLookup.NONE);
}
