package dev.croft.mobility.pipeline;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Finds where trips start and end in a track, by the method that fits how the phone thinned its points. Where a
 * person's phones thinned differently, each filter's span of points is segmented alone.
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

    /** Finds segments in a track of one filter. */
    @FunctionalInterface
    interface Method {
        List<Segment> segment(Track track, Events events);
    }

    /**
     * The trips of a track by start.
     *
     * @param firstTs when the first point of the whole data was sensed, which may lie before this track's
     * @param filters filters seen in the whole data, by first appearance
     */
    static List<Segment> segment(Track track, Events events, List<TrackFilter> filters, double firstTs) {
        if (track.size == 0 || filters.isEmpty()) {
            return List.of();
        }
        if (filters.size() == 1) {
            return method(filters.getFirst()).segment(track, events);
        }
        record Part(double startTs, List<Segment> segments) {}
        List<Part> parts = new ArrayList<>();
        for (TrackFilter filter : filters) {
            int first = 0;
            // The first filter's span begins with the data, even where the track resumes in its middle.
            if (filter != filters.getFirst()) {
                while (track.filter(first) != filter) {
                    first++;
                }
            }
            int last = track.size - 1;
            while (last >= 0 && track.filter(last) != filter) {
                last--;
            }
            if (last < first) {
                continue;
            }
            double from = filter == filters.getFirst() ? firstTs : track.ts[first];
            double until = last + 1 < track.size ? track.ts[last + 1] : Double.POSITIVE_INFINITY;
            int offset = first;
            List<Segment> segments =
                    method(filter)
                            .segment(track.pick(range(first, last + 1)), events.writtenBetween(from, until))
                            .stream()
                            .map(s -> new Segment(
                                    s.start + offset, s.end + offset, s.next < 0 ? -1 : s.next + offset, false))
                            .toList();
            parts.add(new Part(from, segments));
        }
        parts.sort(Comparator.comparingDouble(Part::startTs));
        return parts.stream().flatMap(part -> part.segments.stream()).toList();
    }

    private static Method method(TrackFilter filter) {
        return switch (filter) {
            case TIME -> DwellTimeFilter::segment;
            case DISTANCE -> DwellDistanceFilter::segment;
        };
    }

    private static int[] range(int from, int to) {
        int[] range = new int[to - from];
        for (int i = 0; i < range.length; i++) {
            range[i] = from + i;
        }
        return range;
    }
}
