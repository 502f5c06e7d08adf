package dev.croft.mobility.pipeline;

/**
 * One verdict of the phone's activity recognition ({@code background/motion_activity}).
 *
 * @param id the entry's {@code _id} as text
 * @param writeTs when the phone wrote it, epoch seconds
 * @param ts when it was sensed, epoch seconds
 * @param type what was sensed
 * @param confidence 0 to 100
 */
public record MotionActivity(String id, double writeTs, double ts, MotionType type, double confidence) {}
