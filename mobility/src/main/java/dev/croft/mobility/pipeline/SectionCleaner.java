package dev.croft.mobility.pipeline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** Cleans one section: removes deleted points, joins its ends to the trip's places, resamples, checks the mode. */
final class SectionCleaner {
    private static final double SAME_PLACE = 100;
    private static final double WALKING_SPEED = 1.7;
    private static final double BICYCLING_SPEED = 8.5;
    private static final double MINOR_FENCE = 1.5;
    private static final double MAX_EARLY_LEAVE = 180;
    private static final double KMH = 1000 / 3600.0;

    private final Track track;

    SectionCleaner(Track track) {
        this.track = track;
    }

    /** A trip's place seen from one of its ends, and whether the section lies at that end. */
    record Ends(boolean first, boolean last, RawPlace startPlace, RawPlace endPlace) {}

    SectionDraft clean(RawSection section, BitSet deleted, Ends ends) {
        Span raw = track.between(section.start().ts(), section.end().ts());
        List<Fix> path = new ArrayList<>(raw.size() + 2);
        for (int i = raw.from(); i < raw.to(); i++) {
            if (!deleted.get(i)) {
                path.add(track.fix(i));
            }
        }
        if (path.isEmpty()) {
            return new SectionDraft(section.start(), section.start(), section.mode(), Trajectory.EMPTY);
        }
        MotionType mode = section.mode();
        if (ends.first && !isBogus(deleted, raw.from(), ends.startPlace)) {
            prependPlace(path, ends.startPlace, mode);
            // The reference asks whether the start has moved, be it to the place or past a deleted first point.
            boolean moved = path.getFirst().ts() != section.start().ts();
            if (moved && path.size() > 1 && isTooFastFromStart(path)) {
                mode = MotionType.UNKNOWN;
            }
        }
        if (ends.last
                && !isBogus(deleted, raw.last(), ends.endPlace)
                && path.getLast().distanceTo(ends.endPlace.location()) != 0) {
            path.add(ends.endPlace.location());
        }
        Trajectory trajectory = Resampling.resample(path);
        return new SectionDraft(path.getFirst(), path.getLast(), possibleMode(mode, path, trajectory), trajectory);
    }

    /** If the point at the trip's end was a jump and the place lies there too, the place is as wrong as the point. */
    private boolean isBogus(BitSet deleted, int point, RawPlace place) {
        return deleted.get(point) && track.fix(point).distanceTo(place.location()) < SAME_PLACE;
    }

    private void prependPlace(List<Fix> path, RawPlace place, MotionType mode) {
        Fix first = path.getFirst();
        double seconds = secondsFromPlace(path, first.distanceTo(place.location()), mode);
        if (seconds == 0) {
            return;
        }
        double start = first.ts() - seconds;
        if (place.hasEnter() && start < place.enterTs()) {
            start = place.duration() == 0
                    ? place.enterTs()
                    : Math.min(place.enterTs() + place.duration() / 2, place.enterTs() + MAX_EARLY_LEAVE);
        }
        path.addFirst(place.location().at(start));
    }

    /** How long the person took from the place to the first point, at the section's typical speed. */
    private static double secondsFromPlace(List<Fix> path, double distance, MotionType mode) {
        double[] distances = legDistances(path);
        double[] speeds = legSpeeds(path, distances);
        double median = Stats.median(speeds);
        if (median > 0) {
            if (distance > 2 * Stats.sum(distances) && !mode.isVehicle()) {
                double limit = mode.isWalking() ? WALKING_SPEED : BICYCLING_SPEED;
                if (median > limit && 0.9 * median <= limit) {
                    // The reference divides by the outcome of this check, not by the reduced speed.
                    return distance;
                }
            }
            return distance / median;
        }
        double[] moving = Arrays.stream(speeds).filter(s -> s != 0).toArray();
        return moving.length == 0 ? 0 : distance / Stats.median(moving);
    }

    private static boolean isTooFastFromStart(List<Fix> path) {
        double[] speeds = legSpeeds(path, legDistances(path));
        double[] rest = Arrays.copyOfRange(speeds, 2, speeds.length);
        return speeds[1] > Stats.upperFence(rest, MINOR_FENCE);
    }

    private static double[] legDistances(List<Fix> path) {
        double[] distances = new double[path.size()];
        for (int i = 1; i < distances.length; i++) {
            distances[i] = path.get(i - 1).distanceTo(path.get(i));
        }
        return distances;
    }

    private static double[] legSpeeds(List<Fix> path, double[] distances) {
        double[] speeds = new double[distances.length];
        for (int i = 1; i < speeds.length; i++) {
            speeds[i] =
                    Span.speed(distances[i], path.get(i).ts() - path.get(i - 1).ts());
        }
        return speeds;
    }

    /** The mode, unless distance and speed contradict it. */
    private static MotionType possibleMode(MotionType mode, List<Fix> path, Trajectory trajectory) {
        double distance = Stats.sum(trajectory.distance());
        double duration = path.getLast().ts() - path.getFirst().ts();
        if (distance == 0 || duration == 0) {
            return mode;
        }
        double speed = distance / duration;
        if (speed > 150 * KMH || (speed > 100 * KMH && Stats.quantile(trajectory.speed(), 0.9) > 150 * KMH)) {
            return MotionType.AIR_OR_HSR;
        }
        if (mode == MotionType.ON_FOOT && distance > 10_000 && speed > 10 * KMH) {
            return MotionType.UNKNOWN;
        }
        if (mode == MotionType.BICYCLING && distance > 100_000 && speed > 20 * KMH) {
            return MotionType.UNKNOWN;
        }
        return mode;
    }
}
