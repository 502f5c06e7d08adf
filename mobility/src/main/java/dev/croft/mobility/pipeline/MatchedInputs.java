package dev.croft.mobility.pipeline;

import java.util.List;
import java.util.Map;

/**
 * What a person said about a trip or place.
 *
 * @param byField the newest label of each kind
 * @param additions all additions that were not deleted, oldest first
 */
public record MatchedInputs(Map<String, UserInput> byField, List<UserInput> additions) {
    /** Nothing was said. */
    public static final MatchedInputs NONE = new MatchedInputs(Map.of(), List.of());

    public MatchedInputs {
        byField = Map.copyOf(byField);
        additions = List.copyOf(additions);
    }
}
