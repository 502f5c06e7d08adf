package dev.croft.mobility.pipeline;

import java.util.ArrayList;
import java.util.List;

/**
 * Removes runs of motion that are too short or too fast to be true, by extending a neighbour over them. Follows
 * e-mission's {@code flip_flop_detection}, quirks included.
 */
final class FlipFlopMerge {
    private static final double MAX_SHARE_PERCENT = 25;
    private static final double WALKING_SPEED = 1.7;
    private static final double BICYCLING_SPEED = 8.5;
    private static final double MIN_RIDE = 300;
    private static final double MIN_BICYCLE_RIDE = 60;

    private enum Direction {
        NONE,
        /** The run before takes over. */
        FORWARD,
        /** The run after takes over. */
        BACKWARD,
        /** The run after takes over but becomes what was merged into it. */
        BACKWARD_AS_MERGED,
        /** The whole streak becomes one bicycle run. */
        NEW_BICYCLING
    }

    private record Streak(int first, int last) {}

    private record Merge(Streak streak, Direction direction) {}

    private final List<MotionRun> runs;
    private final Span points;

    private FlipFlopMerge(List<MotionRun> runs, Span points) {
        this.runs = runs;
        this.points = points;
    }

    /** The runs that remain, neighbours of different type. */
    static List<MotionRun> apply(List<MotionRun> runs, Span points) {
        return runs.isEmpty() ? runs : new FlipFlopMerge(runs, points).merged();
    }

    private List<MotionRun> merged() {
        List<Merge> merges = streaks().stream()
                .map(streak -> new Merge(streak, direction(streak)))
                .toList();
        return joinEqual(take(merges));
    }

    private List<Streak> streaks() {
        int size = runs.size();
        double total = runs.getLast().end.ts - runs.getFirst().start.ts;
        List<Streak> streaks = new ArrayList<>();
        int first = 0;
        for (int i = 0; i < size; i++) {
            if (!isFlipFlop(runs.get(i), total)) {
                if (i != first) {
                    streaks.add(new Streak(first, i - 1));
                }
                first = i + 1;
            }
        }
        if (first < size) {
            streaks.add(size <= 2 ? new Streak(size - 1, size - 1) : new Streak(first, size - 2));
        }
        return streaks;
    }

    private boolean isFlipFlop(MotionRun run, double total) {
        boolean shortRideAfterBoundaryRule =
                run.type().isVehicle() && run.start.fromPrevious && run.duration() < MIN_RIDE;
        if (run.duration() * 100 / total > MAX_SHARE_PERCENT && !shortRideAfterBoundaryRule) {
            return false;
        }
        int span = run.idxSpan();
        return span <= 1
                || (!run.type().isWalking() && span <= 2)
                || !isPlausible(run)
                || run.points(points).isEmpty();
    }

    private boolean isPlausible(MotionRun run) {
        return switch (run.type()) {
            case ON_FOOT, WALKING, RUNNING -> !isFasterThan(WALKING_SPEED, run);
            case BICYCLING -> run.duration() >= MIN_BICYCLE_RIDE && !isFasterThan(BICYCLING_SPEED, run);
            case IN_VEHICLE -> run.duration() >= MIN_RIDE;
            default -> true;
        };
    }

    private boolean isFasterThan(double limit, MotionRun run) {
        Span during = run.points(points);
        return !during.isEmpty() && during.medianSpeed() > limit;
    }

    private Direction direction(Streak streak) {
        int x = streak.first;
        int y = streak.last;
        if (x == 0 && y == runs.size() - 1) {
            return Direction.NONE;
        }
        MotionRun first = runs.get(x);
        if (x == y || x + 1 == y) {
            if (isFastBicycle(x, y)) {
                return Direction.BACKWARD_AS_MERGED;
            }
            if (!first.type().isWalking()) {
                Direction direction = neighbour(x, y);
                if (direction != Direction.NONE) {
                    return direction;
                }
            }
            return first.points(points).size() <= 1 ? neighbour(x, y) : Direction.NONE;
        }
        if (y - x > 3) {
            return Direction.NEW_BICYCLING;
        }
        for (int i = x; i <= y; i++) {
            if (!isPlausible(runs.get(i))) {
                return neighbour(x, y);
            }
        }
        return Direction.NONE;
    }

    /** A fast bicycle is taken for a vehicle after its first moments: then it is the vehicle that must go. */
    private boolean isFastBicycle(int x, int y) {
        if (y + 1 == runs.size()) {
            return false;
        }
        MotionRun first = runs.get(x);
        MotionRun last = runs.get(y);
        MotionRun after = runs.get(y + 1);
        int bicycleSpan = last.start.idx - first.start.idx;
        double ratio = (last.start.ts - first.start.ts) / (after.duration() + 1);
        return first.type() == MotionType.BICYCLING
                && after.type().isVehicle()
                && bicycleSpan <= 1
                && after.idxSpan() <= 2
                && last.start.ts - first.end.ts < MIN_BICYCLE_RIDE
                && (bicycleSpan == 0 || ratio > 0.75);
    }

    /** Which neighbour takes over the streak. */
    private Direction neighbour(int x, int y) {
        if (x == 0) {
            return Direction.BACKWARD;
        }
        if (y == runs.size() - 1) {
            return Direction.FORWARD;
        }
        MotionRun before = runs.get(x - 1);
        MotionRun after = runs.get(y + 1);
        if (before.type().isVehicle()
                && runs.get(x).type().isWalking()
                && after.type().isVehicle()) {
            return Direction.NONE;
        }
        if (before.type() == after.type()) {
            return Direction.FORWARD;
        }
        Span pointsBefore = before.points(points);
        Span pointsAfter = after.points(points);
        double speed = streakSpeed(x, y, pointsBefore, pointsAfter);
        if (after.type().isWalking() && speed > WALKING_SPEED) {
            return Direction.FORWARD;
        }
        if (before.type().isWalking() && speed > WALKING_SPEED) {
            return Direction.BACKWARD;
        }
        return Math.abs(speed - pointsBefore.medianSpeed()) < Math.abs(speed - pointsAfter.medianSpeed())
                ? Direction.FORWARD
                : Direction.BACKWARD;
    }

    private double streakSpeed(int x, int y, Span before, Span after) {
        Span during = new MotionRun(runs.get(x).start, runs.get(y).end).points(points);
        if (during.size() > 1) {
            return during.medianSpeed();
        }
        if (before.isEmpty() || after.isEmpty()) {
            return 0;
        }
        Track track = points.track();
        return track.distance(before.last(), after.from()) / (track.ts[after.from()] - track.ts[before.last()]);
    }

    /** Carries the merges out: all forward ones first, then backward, then new runs. */
    private List<MotionRun> take(List<Merge> merges) {
        List<MotionRun> slots = new ArrayList<>(runs);
        for (Merge merge : merges) {
            if (merge.direction == Direction.FORWARD) {
                MotionRun before = slots.get(merge.streak.first - 1);
                before.end = slots.get(merge.streak.last).end;
                fill(slots, merge.streak, before);
            }
        }
        for (Merge merge : merges) {
            boolean asMerged = merge.direction == Direction.BACKWARD_AS_MERGED;
            if (asMerged || merge.direction == Direction.BACKWARD) {
                MotionRun.Mark start = slots.get(merge.streak.first).start;
                MotionRun after = slots.get(merge.streak.last + 1);
                if (!asMerged) {
                    start.type = after.start.type;
                }
                after.start = start;
                fill(slots, merge.streak, after);
            }
        }
        for (Merge merge : merges) {
            if (merge.direction == Direction.NEW_BICYCLING) {
                MotionRun run = new MotionRun(slots.get(merge.streak.first).start, slots.get(merge.streak.last).end);
                run.start.type = MotionType.BICYCLING;
                fill(slots, merge.streak, run);
            }
        }
        List<MotionRun> distinct = new ArrayList<>();
        for (MotionRun run : slots) {
            if (distinct.isEmpty() || distinct.getLast() != run) {
                distinct.add(run);
            }
        }
        return distinct;
    }

    private static void fill(List<MotionRun> slots, Streak streak, MotionRun run) {
        for (int i = streak.first; i <= streak.last; i++) {
            slots.set(i, run);
        }
    }

    private static List<MotionRun> joinEqual(List<MotionRun> runs) {
        List<MotionRun> joined = new ArrayList<>();
        MotionRun.Mark start = runs.getFirst().start;
        MotionRun.Mark end = start;
        for (MotionRun run : runs) {
            if (run.start.type != start.type) {
                joined.add(new MotionRun(start, end));
                start = run.start;
            }
            end = run.end;
        }
        joined.add(new MotionRun(start, end));
        return joined;
    }
}
