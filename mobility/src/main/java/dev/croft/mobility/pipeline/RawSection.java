package dev.croft.mobility.pipeline;

/**
 * A part of a raw trip travelled in one way. Between neighbours lies a stop.
 *
 * @param start first point
 * @param end last point
 * @param mode what the phone sensed
 */
public record RawSection(Fix start, Fix end, MotionType mode) {}
