package dev.croft.mobility.pipeline;

import java.util.List;

/**
 * What one run derived.
 *
 * @param raw the segmentation before smoothing and cleaning
 * @param timeline the cleaned places, trips and untracked time, with inferred modes
 * @param confirmedTrips one per movement of the timeline
 * @param confirmedPlaces one per place of the timeline
 */
public record PipelineResult(
        RawTimeline raw, Timeline timeline, List<ConfirmedTrip> confirmedTrips, List<ConfirmedPlace> confirmedPlaces) {
    public PipelineResult {
        confirmedTrips = List.copyOf(confirmedTrips);
        confirmedPlaces = List.copyOf(confirmedPlaces);
    }
}
