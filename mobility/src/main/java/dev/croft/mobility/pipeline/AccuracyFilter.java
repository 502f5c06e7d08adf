package dev.croft.mobility.pipeline;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Derives filtered locations from all sensed ones: keeps those accurate to 200 m, each place and instant once, and none
 * whose millisecond already has a filtered location. Off by default, as in e-mission.
 */
final class AccuracyFilter {
    private static final double MAX_RADIUS = 200;

    private AccuracyFilter() {}

    /** The filtered locations there are, and the derived ones. */
    static List<LocationPoint> apply(PipelineInput input) {
        List<LocationPoint> all = new ArrayList<>(input.filteredLocations());
        Set<Long> taken = new HashSet<>();
        for (LocationPoint point : all) {
            taken.add(millis(point));
        }
        record Spot(double latitude, double longitude, double ts, double accuracy) {}
        Set<Spot> seen = new HashSet<>();
        List<LocationPoint> candidates = new ArrayList<>(input.locations());
        candidates.sort(Comparator.comparingDouble(LocationPoint::writeTs).thenComparing(LocationPoint::id));
        for (LocationPoint point : candidates) {
            if (point.accuracy() < MAX_RADIUS
                    && seen.add(new Spot(point.latitude(), point.longitude(), point.ts(), point.accuracy()))
                    && taken.add(millis(point))) {
                all.add(point);
            }
        }
        return all;
    }

    private static long millis(LocationPoint point) {
        return (long) (point.ts() * 1000);
    }
}
