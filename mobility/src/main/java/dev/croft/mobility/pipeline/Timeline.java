package dev.croft.mobility.pipeline;

import java.util.List;

/**
 * The cleaned chain place, movement, place, ….
 *
 * @param places one more than movements, or none
 * @param movements trips and untracked time, by start
 */
public record Timeline(List<CleanedPlace> places, List<CleanedMovement> movements) {
    public Timeline {
        places = List.copyOf(places);
        movements = List.copyOf(movements);
    }

    /** The trips among the movements. */
    public List<CleanedTrip> trips() {
        return movements.stream()
                .filter(CleanedTrip.class::isInstance)
                .map(CleanedTrip.class::cast)
                .toList();
    }

    /** The untracked time among the movements. */
    public List<CleanedUntracked> untracked() {
        return movements.stream()
                .filter(CleanedUntracked.class::isInstance)
                .map(CleanedUntracked.class::cast)
                .toList();
    }
}
