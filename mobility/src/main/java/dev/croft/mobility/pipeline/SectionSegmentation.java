package dev.croft.mobility.pipeline;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Splits raw trips into sections of one motion each, after e-mission's {@code SmoothedHighConfidenceMotion} (Android)
 * and its variant {@code WithVisitTransitions} (iOS).
 */
final class SectionSegmentation {
    private static final Set<MotionType> NO_TRAVEL = EnumSet.of(
            MotionType.TILTING,
            MotionType.UNKNOWN,
            MotionType.STILL,
            MotionType.NONE,
            MotionType.STOPPED_WHILE_IN_VEHICLE);
    private static final double MIN_CONFIDENCE_TIME = 60;
    private static final double MIN_CONFIDENCE_DISTANCE = 49;
    private static final double MIN_METRES_TIME = 100;
    private static final double MIN_METRES_DISTANCE = 50;
    /** A visit may end after the trip that ended it. */
    private static final double VISIT_DELAY = 300;

    static final double STOP_RADIUS = 150;
    private static final double GAP_RATIO = 1.5;

    private final Track track;
    private final Events events;

    SectionSegmentation(Track track, Events events) {
        this.track = track;
        this.events = events;
    }

    /** The same timeline with sections in its trips. */
    RawTimeline apply(RawTimeline timeline) {
        List<RawMovement> movements = new ArrayList<>();
        for (RawMovement movement : timeline.movements()) {
            movements.add(
                    movement instanceof RawTrip trip
                            ? trip.with(sections(
                                    trip,
                                    timeline.places().get(trip.startPlace()).location()))
                            : movement);
        }
        return new RawTimeline(timeline.places(), movements);
    }

    private List<RawSection> sections(RawTrip trip, Fix startPlace) {
        Span points = track.between(trip.start().ts(), trip.end().ts());
        double minConfidence = trip.source() == TrackFilter.TIME ? MIN_CONFIDENCE_TIME : MIN_CONFIDENCE_DISTANCE;
        List<MotionActivity> confident = events
                .motionsBetween(trip.start().ts(), trip.end().ts())
                .stream()
                .filter(m -> m.confidence() > minConfidence && !NO_TRAVEL.contains(m.type()))
                .toList();
        List<MotionRun> runs = FlipFlopMerge.apply(MotionRun.of(confident), points);
        double distance = startPlace.distanceTo(trip.end());
        List<Part> parts = switch (trip.source()) {
            case TIME -> timeFiltered(runs, points, distance);
            case DISTANCE -> distanceFiltered(runs, points, distance, trip);
        };
        List<RawSection> sections = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            int first = i == 0 ? points.from() : part.first;
            int last = i == parts.size() - 1 ? points.last() : part.last;
            sections.add(new RawSection(track.fix(first), track.fix(last), part.type));
        }
        return sections;
    }

    /** A section to be, by the indices of its first and last point. */
    private record Part(int first, int last, MotionType type) {
        static Part whole(Span points, MotionType type) {
            return new Part(points.from(), points.last(), type);
        }
    }

    private static List<Part> timeFiltered(List<MotionRun> runs, Span points, double distance) {
        List<Part> parts = new ArrayList<>();
        for (MotionRun run : runs) {
            Span during = run.points(points);
            if (!during.isEmpty()) {
                parts.add(Part.whole(during, run.type()));
            }
        }
        if (!parts.isEmpty()) {
            return parts;
        }
        if (runs.size() == 1 && runs.getFirst().type() == runs.getFirst().end.type) {
            return List.of(Part.whole(points, runs.getFirst().type()));
        }
        return runs.isEmpty() && distance > MIN_METRES_TIME
                ? List.of(Part.whole(points, MotionType.UNKNOWN))
                : List.of();
    }

    private List<Part> distanceFiltered(List<MotionRun> runs, Span points, double distance, RawTrip trip) {
        if (runs.isEmpty()) {
            return isVisible(trip, distance) ? List.of(Part.whole(points, MotionType.UNKNOWN)) : List.of();
        }
        MotionRun.Mark start = runs.getFirst().start;
        runs.getFirst().start = new MotionRun.Mark(track.ts[points.from()], start.idx, start.type, false);
        MotionRun.Mark end = runs.getLast().end;
        runs.getLast().end = new MotionRun.Mark(track.ts[points.last()], end.idx, end.type, false);
        List<Part> parts = new ArrayList<>();
        for (MotionRun run : runs) {
            Span during = run.points(points);
            if (during.size() >= 2) {
                parts.add(Part.whole(during, run.type()));
            }
        }
        closeGaps(parts, runs);
        return parts;
    }

    /** Whether a trip without any motion really was one. */
    private boolean isVisible(RawTrip trip, double distance) {
        List<Transition> transitions =
                events.transitionsBetween(trip.start().ts(), trip.end().ts() + VISIT_DELAY);
        if (transitions.isEmpty()) {
            return false;
        }
        return distance > MIN_METRES_DISTANCE
                || transitions.stream().anyMatch(t -> t.transition() == Transition.VISIT_ENDED);
    }

    /**
     * Gives a long gap between two sections to the side that lies further from the change of motion. The change is
     * looked up by the section's position even where runs without section precede it, as e-mission does.
     */
    private void closeGaps(List<Part> parts, List<MotionRun> runs) {
        List<Part> original = List.copyOf(parts);
        for (int i = 0; i + 1 < parts.size(); i++) {
            Part before = parts.get(i);
            Part after = original.get(i + 1);
            if (track.distance(before.last, after.first) <= STOP_RADIUS) {
                continue;
            }
            double gapBefore = runs.get(i).end.ts - track.ts[before.last];
            double gapAfter = track.ts[after.first] - runs.get(i + 1).start.ts;
            if (Math.max(gapBefore, gapAfter) / Math.min(gapBefore, gapAfter) >= GAP_RATIO) {
                if (gapBefore < gapAfter) {
                    parts.set(i + 1, new Part(before.last, after.last, after.type));
                } else {
                    parts.set(i, new Part(before.first, after.first, before.type));
                }
            }
        }
    }
}
