package dev.croft.mobility.pipeline;

/**
 * A cleaned movement with what the person said about it.
 *
 * @param movement the trip or untracked time
 * @param inputs what was said
 * @param sensedSummary its sections by sensed mode; empty for untracked time
 * @param inferredSummary its sections by inferred mode; empty for untracked time
 */
public record ConfirmedTrip(
        CleanedMovement movement, MatchedInputs inputs, ModeSummary sensedSummary, ModeSummary inferredSummary) {}
