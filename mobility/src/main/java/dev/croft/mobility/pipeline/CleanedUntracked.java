package dev.croft.mobility.pipeline;

/**
 * Time in which the person was not tracked.
 *
 * @param start where and when it starts
 * @param end where and when it ends
 * @param distance crow distance in metres
 * @param duration seconds
 * @param startPlace index of the place it leaves
 * @param raw index of the raw movement it was made of
 */
public record CleanedUntracked(Fix start, Fix end, double distance, double duration, int startPlace, int raw)
        implements CleanedMovement {}
