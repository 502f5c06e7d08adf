package dev.croft.mobility.pipeline;

/**
 * A section's path resampled to one point every 30 s, in columns of equal length. The arrays must not be changed.
 *
 * @param ts epoch seconds
 * @param longitude degrees
 * @param latitude degrees
 * @param altitude metres
 * @param distance metres from the point before; 0 for the first
 * @param speed m/s from the point before; 0 for the first
 * @param zone IANA time zone at each point
 */
public record Trajectory(
        double[] ts,
        double[] longitude,
        double[] latitude,
        double[] altitude,
        double[] distance,
        double[] speed,
        String[] zone) {

    static final Trajectory EMPTY = new Trajectory(
            new double[0], new double[0], new double[0], new double[0], new double[0], new double[0], new String[0]);

    /** Number of points. */
    public int size() {
        return ts.length;
    }
}
