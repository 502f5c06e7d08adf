package dev.croft.mobility.pipeline;

import java.util.ArrayList;
import java.util.List;

/**
 * One person's data that the pipeline reads. The order within the lists does not matter.
 *
 * @param locations every location sensed ({@code background/location}); read only by the accuracy filter
 * @param filteredLocations the locations that trips are made of ({@code background/filtered_location})
 * @param motions activity verdicts
 * @param transitions steps of the phone's state machine
 * @param userInputs labels and survey answers
 */
public record PipelineInput(
        List<LocationPoint> locations,
        List<LocationPoint> filteredLocations,
        List<MotionActivity> motions,
        List<Transition> transitions,
        List<UserInput> userInputs) {

    /** Nothing at all. */
    public static final PipelineInput EMPTY = new PipelineInput(List.of(), List.of(), List.of(), List.of(), List.of());

    public PipelineInput {
        locations = List.copyOf(locations);
        filteredLocations = List.copyOf(filteredLocations);
        motions = List.copyOf(motions);
        transitions = List.copyOf(transitions);
        userInputs = List.copyOf(userInputs);
    }

    /** This and the other's records together, as one person's. */
    public PipelineInput plus(PipelineInput other) {
        return new PipelineInput(
                concat(locations, other.locations),
                concat(filteredLocations, other.filteredLocations),
                concat(motions, other.motions),
                concat(transitions, other.transitions),
                concat(userInputs, other.userInputs));
    }

    /** How many records there are in all. */
    public int size() {
        return locations.size() + filteredLocations.size() + motions.size() + transitions.size() + userInputs.size();
    }

    private static <T> List<T> concat(List<T> first, List<T> second) {
        List<T> all = new ArrayList<>(first.size() + second.size());
        all.addAll(first);
        all.addAll(second);
        return all;
    }
}
