package dev.croft.mobility.pipeline;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Deletes points that zigzag: where the speed says the phone jumped, the points between two jumps are alternately real
 * and not, starting from the shortest stretch that certainly is travel.
 */
final class ZigzagSmoothing {
    private static final double CLUSTER = 100;

    private enum State {
        UNKNOWN,
        GOOD,
        BAD
    }

    /** Points {@code [start, end)} between two jumps. */
    private static final class Segment {
        final int start;
        final int end;
        final double distance;
        State state = State.UNKNOWN;

        Segment(Legs legs, int start, int end) {
            this.start = start;
            this.end = end;
            distance = legs.crow(start, end - 1);
        }

        boolean isCluster() {
            return distance < CLUSTER;
        }
    }

    private final Legs legs;
    private final List<Segment> segments = new ArrayList<>();

    private ZigzagSmoothing(Legs legs) {
        this.legs = legs;
    }

    /**
     * Which points to delete, or null if the jumps make no sense, where e-mission gives up and deletes nothing.
     *
     * @param maxSpeed what is faster is a jump
     * @param distanceFiltered whether a jump is the way back, whose way there must be found first
     */
    static boolean @Nullable [] deleted(Legs legs, double maxSpeed, boolean distanceFiltered) {
        return new ZigzagSmoothing(legs).deleted(maxSpeed, distanceFiltered);
    }

    private boolean @Nullable [] deleted(double maxSpeed, boolean distanceFiltered) {
        List<Integer> cuts = distanceFiltered ? jumpsThereAndBack(maxSpeed) : jumps(maxSpeed);
        if (cuts == null || !cut(cuts)) {
            return null;
        }
        boolean[] deleted = new boolean[legs.size()];
        if (segments.size() == 1) {
            return deleted;
        }
        int seed = seed();
        segments.get(seed).state = State.GOOD;
        if (!alternateRight(seed) || !alternateLeft(seed)) {
            return null;
        }
        for (Segment segment : segments) {
            if (segment.state == State.BAD) {
                for (int i = segment.start; i < segment.end; i++) {
                    deleted[i] = true;
                }
            }
        }
        return deleted;
    }

    private List<Integer> jumps(double maxSpeed) {
        List<Integer> cuts = new ArrayList<>();
        for (int i = 0; i < legs.size(); i++) {
            if (legs.speed()[i] > maxSpeed) {
                cuts.add(i);
            }
        }
        return cuts;
    }

    private @Nullable List<Integer> jumpsThereAndBack(double maxSpeed) {
        List<Integer> cuts = new ArrayList<>();
        int lastFar = -1;
        for (int i = 0; i < legs.size(); i++) {
            if (legs.distance()[i] > CLUSTER) {
                if (legs.speed()[i] > maxSpeed) {
                    if (lastFar < 0) {
                        return null;
                    }
                    cuts.add(lastFar);
                    cuts.add(i);
                }
                lastFar = i;
            }
        }
        return cuts;
    }

    private boolean cut(List<Integer> cuts) {
        int start = 0;
        for (int cut : cuts) {
            if (cut <= start) {
                return false;
            }
            segments.add(new Segment(legs, start, cut));
            start = cut;
        }
        segments.add(new Segment(legs, start, legs.size()));
        return true;
    }

    private int seed() {
        int shortest = -1;
        int shortestTravel = -1;
        for (int i = 0; i < segments.size(); i++) {
            Segment segment = segments.get(i);
            if (shortest < 0 || segment.distance < segments.get(shortest).distance) {
                shortest = i;
            }
            if (!segment.isCluster()
                    && (shortestTravel < 0 || segment.distance < segments.get(shortestTravel).distance)) {
                shortestTravel = i;
            }
        }
        if (shortestTravel >= 0) {
            return shortestTravel;
        }
        return shortest == 0 ? 1 : shortest - 1;
    }

    private boolean alternateRight(int seed) {
        State expected = State.BAD;
        for (int i = seed + 1; i < segments.size(); i++) {
            Segment segment = segments.get(i);
            if (expected == State.BAD && !segment.isCluster()) {
                int split = segment.start + 1;
                while (split < segment.end && legs.distance()[split] <= CLUSTER) {
                    split++;
                }
                if (split >= segment.end) {
                    return false;
                }
                segments.add(i + 1, new Segment(legs, split, segment.end));
                segment = new Segment(legs, segment.start, split);
                segments.set(i, segment);
                if (!segment.isCluster()) {
                    return false;
                }
            }
            segment.state = expected;
            expected = expected == State.BAD ? State.GOOD : State.BAD;
        }
        return true;
    }

    private boolean alternateLeft(int seed) {
        State expected = State.BAD;
        for (int i = seed - 1; i >= 0; i--) {
            Segment segment = segments.get(i);
            if (expected == State.BAD && !segment.isCluster()) {
                int split = segment.end - 1;
                while (split > segment.start && legs.distance()[split] <= CLUSTER) {
                    split--;
                }
                if (split <= segment.start) {
                    return false;
                }
                Segment rest = new Segment(legs, segment.start, split);
                segment = new Segment(legs, split, segment.end);
                segments.set(i, segment);
                segments.add(i, rest);
                i++;
                if (!segment.isCluster()) {
                    return false;
                }
            }
            segment.state = expected;
            expected = expected == State.BAD ? State.GOOD : State.BAD;
        }
        return true;
    }
}
