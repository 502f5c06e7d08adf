package dev.croft.mobility.pipeline;

import java.util.List;

/**
 * The alternating chain place, movement, place, … that segmentation finds.
 *
 * @param places one more than movements, or none
 * @param movements trips and untracked time, by start
 */
public record RawTimeline(List<RawPlace> places, List<RawMovement> movements) {
    public RawTimeline {
        places = List.copyOf(places);
        movements = List.copyOf(movements);
    }

    /** The trips among the movements. */
    public List<RawTrip> trips() {
        return movements.stream()
                .filter(RawTrip.class::isInstance)
                .map(RawTrip.class::cast)
                .toList();
    }

    /** The untracked time among the movements. */
    public List<RawUntracked> untracked() {
        return movements.stream()
                .filter(RawUntracked.class::isInstance)
                .map(RawUntracked.class::cast)
                .toList();
    }
}
