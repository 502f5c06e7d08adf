package dev.croft.mobility.pipeline;

/**
 * Between two sections of a trip.
 *
 * @param enter where and when the section before ends
 * @param exit where and when the section after starts
 * @param distance metres from enter to exit; 0 where the stop was squeezed
 * @param duration seconds; 0 where the stop was squeezed
 */
public record CleanedStop(Fix enter, Fix exit, double distance, double duration) {}
