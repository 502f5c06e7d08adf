package dev.croft.mobility.pipeline;

import java.util.ArrayList;
import java.util.List;

/**
 * Finds where trips start and end in a track, by the method that fits how the phone thinned its points. Where a
 * person's phones thinned differently, each stretch of points with one filter is segmented alone, with the events that
 * were written during it.
 */
final class TripSegmentation {
    private TripSegmentation() {}

    /**
     * A trip's points, as indices of the track.
     *
     * @param next where the following trip starts; -1 if this is the last
     * @param settled whether more data, written and sensed later, cannot change this segment or {@code next}
     */
    record Segment(int start, int end, int next, boolean settled) {}

    /**
     * A stretch {@code [from, to)} of points with one filter.
     *
     * @param since events written before do not belong to it
     */
    record Stretch(TrackFilter filter, int from, int to, double since) {}

    /**
     * The segments of a stretch.
     *
     * @param segments by start, with indices of the whole track
     */
    record Part(Stretch stretch, List<Segment> segments) {}

    /**
     * The trips of a track, by stretch.
     *
     * @param before filter of the point before the track; of the first point where there is none
     * @param since since when that point's stretch lasts; negative infinity if it is the first of all
     */
    static List<Part> segment(Track track, Events events, TrackFilter before, double since) {
        List<Stretch> stretches = stretches(track, before, since);
        List<Part> parts = new ArrayList<>();
        for (Stretch stretch : stretches) {
            boolean whole = stretches.size() == 1 && stretch.since == Double.NEGATIVE_INFINITY;
            double until = stretch.to < track.size ? track.ts[stretch.to] : Double.POSITIVE_INFINITY;
            Events during = whole ? events : events.writtenBetween(stretch.since, until);
            Track points = whole ? track : track.pick(range(stretch.from, stretch.to));
            List<Segment> segments = switch (stretch.filter) {
                case TIME -> DwellTimeFilter.segment(points, during);
                case DISTANCE -> DwellDistanceFilter.segment(points, during);
            };
            parts.add(new Part(
                    stretch,
                    segments.stream().map(s -> shifted(s, stretch.from)).toList()));
        }
        return parts;
    }

    private static List<Stretch> stretches(Track track, TrackFilter before, double since) {
        List<Stretch> stretches = new ArrayList<>();
        TrackFilter current = before;
        double start = since;
        int from = 0;
        for (int i = 0; i < track.size; i++) {
            TrackFilter filter = track.filter(i);
            if (filter != null && filter != current) {
                if (i > from) {
                    stretches.add(new Stretch(current, from, i, start));
                }
                current = filter;
                start = track.ts[i];
                from = i;
            }
        }
        if (track.size > from) {
            stretches.add(new Stretch(current, from, track.size, start));
        }
        return stretches;
    }

    private static Segment shifted(Segment segment, int by) {
        return by == 0
                ? segment
                : new Segment(
                        segment.start + by,
                        segment.end + by,
                        segment.next < 0 ? -1 : segment.next + by,
                        segment.settled);
    }

    private static int[] range(int from, int to) {
        int[] range = new int[to - from];
        for (int i = 0; i < range.length; i++) {
            range[i] = from + i;
        }
        return range;
    }
}
