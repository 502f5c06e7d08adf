package dev.croft.mobility.pipeline;

/**
 * A cleaned place with what the person said about it.
 *
 * @param place the place
 * @param inputs what was said
 */
public record ConfirmedPlace(CleanedPlace place, MatchedInputs inputs) {}
