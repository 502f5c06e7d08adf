package dev.croft.mobility.pipeline;

import java.util.Arrays;

/** A cleaned section while its trip is being put together. */
final class SectionDraft {
    Fix start;
    Fix end;
    double distance;
    double duration;
    final MotionType sensedMode;
    double[] speeds;
    double[] distances;
    Trajectory trajectory;

    SectionDraft(Fix start, Fix end, MotionType sensedMode, Trajectory trajectory) {
        this.start = start;
        this.end = end;
        this.sensedMode = sensedMode;
        this.trajectory = trajectory;
        duration = end.ts() - start.ts();
        distance = Stats.sum(trajectory.distance());
        speeds = trajectory.speed();
        distances = trajectory.distance();
    }

    /** Takes over a stop; its seconds are counted negative, an upstream quirk kept because results rest on it. */
    void growBy(double metres, double negativeSeconds) {
        distance += metres;
        duration += negativeSeconds;
        distances = insert(distances, distances.length, metres);
        speeds = insert(speeds, speeds.length, Span.speed(metres, negativeSeconds));
    }

    /** Starts earlier at a place nearby. */
    void startEarlier(Fix newStart, double metres) {
        double seconds = start.ts() - newStart.ts();
        start = newStart;
        distance += metres;
        duration += seconds;
        distances = insert(distances, Math.min(1, distances.length), metres);
        speeds = insert(speeds, Math.min(1, speeds.length), Span.speed(metres, seconds));
        Trajectory old = trajectory;
        double[] legDistance = insert(old.distance(), 0, 0);
        double[] legSpeed = insert(old.speed(), 0, 0);
        if (legDistance.length > 1) {
            legDistance[1] = metres;
            legSpeed[1] = Span.speed(metres, seconds);
        }
        String[] zone = new String[old.size() + 1];
        zone[0] = newStart.zone();
        System.arraycopy(old.zone(), 0, zone, 1, old.size());
        trajectory = new Trajectory(
                insert(old.ts(), 0, newStart.ts()),
                insert(old.longitude(), 0, newStart.longitude()),
                insert(old.latitude(), 0, newStart.latitude()),
                insert(old.altitude(), 0, newStart.altitude()),
                legDistance,
                legSpeed,
                zone);
    }

    CleanedSection finished() {
        return new CleanedSection(
                start, end, distance, duration, sensedMode, PredictedMode.UNKNOWN, speeds, distances, trajectory);
    }

    private static double[] insert(double[] values, int at, double value) {
        double[] longer = Arrays.copyOf(values, values.length + 1);
        System.arraycopy(values, at, longer, at + 1, values.length - at);
        longer[at] = value;
        return longer;
    }
}
