package dev.croft.mobility.pipeline;

import java.util.ArrayList;
import java.util.List;

/**
 * A stretch of equal motion within a trip. Neighbours share the mark between them, and merging rewrites marks and runs
 * in place, because e-mission does and its results depend on that.
 */
final class MotionRun {
    /** A motion activity that begins or ends a run. */
    static final class Mark {
        final double ts;
        int idx;
        MotionType type;
        /** Whether this is the last motion before a change, taken as the boundary in place of the first one after. */
        final boolean fromPrevious;

        Mark(double ts, int idx, MotionType type, boolean fromPrevious) {
            this.ts = ts;
            this.idx = idx;
            this.type = type;
            this.fromPrevious = fromPrevious;
        }
    }

    Mark start;
    Mark end;

    MotionRun(Mark start, Mark end) {
        this.start = start;
        this.end = end;
    }

    MotionType type() {
        return start.type;
    }

    int idxSpan() {
        return end.idx - start.idx;
    }

    double duration() {
        return end.ts - start.ts;
    }

    /** The points sensed during the run, among those of the trip. */
    Span points(Span trip) {
        return trip.track().between(start.ts, end.ts).within(trip);
    }

    /** The runs of equal motion among confident motions, by time. */
    static List<MotionRun> of(List<MotionActivity> confident) {
        List<MotionRun> runs = new ArrayList<>();
        if (confident.isEmpty()) {
            return runs;
        }
        Mark start = mark(confident.getFirst(), 0);
        Mark previous = start;
        for (int idx = 0; idx < confident.size(); idx++) {
            Mark current = mark(confident.get(idx), idx);
            if (current.ts == start.ts) {
                start.idx = idx;
            }
            if (current.type != start.type) {
                Mark boundary = endsAtPrevious(previous.type, current.type)
                        ? new Mark(previous.ts, previous.idx, current.type, true)
                        : current;
                runs.add(new MotionRun(start, boundary));
                start = boundary;
            }
            previous = current;
        }
        runs.add(new MotionRun(start, previous));
        return runs;
    }

    private static Mark mark(MotionActivity motion, int idx) {
        MotionType type = motion.type() == MotionType.RUNNING ? MotionType.WALKING : motion.type();
        return new Mark(motion.ts(), idx, type, false);
    }

    /** Getting onto something happens at once when the motion before ends; getting off when the next begins. */
    private static boolean endsAtPrevious(MotionType previous, MotionType current) {
        return current.isVehicle() ? !previous.isVehicle() : previous.isWalking() && current == MotionType.BICYCLING;
    }
}
