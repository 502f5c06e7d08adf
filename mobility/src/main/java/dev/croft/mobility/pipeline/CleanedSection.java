package dev.croft.mobility.pipeline;

/**
 * A section after smoothing, joining to its places and resampling. The arrays must not be changed.
 *
 * @param start where and when it starts
 * @param end where and when it ends
 * @param distance metres along the path
 * @param duration seconds; less than end minus start where the section took over a stop
 * @param sensedMode what the phone sensed, overridden where impossible
 * @param inferredMode how the person probably travelled
 * @param speeds m/s per leg, with a leading 0
 * @param distances metres per leg, with a leading 0
 * @param trajectory the resampled path
 */
public record CleanedSection(
        Fix start,
        Fix end,
        double distance,
        double duration,
        MotionType sensedMode,
        PredictedMode inferredMode,
        double[] speeds,
        double[] distances,
        Trajectory trajectory) {

    CleanedSection with(PredictedMode mode) {
        return new CleanedSection(start, end, distance, duration, sensedMode, mode, speeds, distances, trajectory);
    }
}
