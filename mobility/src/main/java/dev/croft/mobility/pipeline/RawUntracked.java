package dev.croft.mobility.pipeline;

/**
 * A gap in tracking: the phone was off, or jumped further than the person can have moved unseen.
 *
 * @param start the place before, five seconds after the enter
 * @param end start of the trip after
 * @param source as of the trips around it
 * @param startPlace index of the place it leaves
 */
public record RawUntracked(Fix start, Fix end, TrackFilter source, int startPlace) implements RawMovement {}
