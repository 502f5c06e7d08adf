package dev.croft.mobility.pipeline;

import dev.croft.mobility.pipeline.TripSegmentation.Segment;
import java.util.ArrayList;
import java.util.List;

/**
 * Trips in a stream with a point every so many metres (iOS): a phone at rest sends nothing, so a trip ends before a gap
 * of more than ten minutes in which the phone did not travel.
 */
final class DwellDistanceFilter {
    private static final double DWELL_SECONDS = 600;
    private static final double DWELL_METRES = 50;
    private static final double SLOW = 2 * DWELL_METRES / (DWELL_SECONDS / 2);
    private static final double TWELVE_HOURS = 12 * 60 * 60;

    private DwellDistanceFilter() {}

    static List<Segment> segment(Track track, Events events) {
        boolean[] restarted = events.restartedAt(track);
        boolean[] moving = events.movingAt(track);
        List<Segment> segments = new ArrayList<>();
        int start = 0;
        for (int i = 1; i < track.size && start >= 0; i++) {
            if (i <= start) {
                continue;
            }
            double gap = track.ts[i] - track.ts[i - 1];
            if (gap <= DWELL_SECONDS) {
                continue;
            }
            if (restarted[i] || !moving[i] || gap > TWELVE_HOURS || track.distance(i - 1, i) / gap < SLOW) {
                int next = firstAwayFrom(track, i);
                segments.add(new Segment(start, i - 1, next, next >= 0));
                start = next;
            }
        }
        if (start >= 0 && start < track.size && events.stoppedMovingAfter(track.ts[track.size - 1])) {
            segments.add(new Segment(start, track.size - 1, -1, false));
        }
        return segments;
    }

    private static int firstAwayFrom(Track track, int i) {
        for (int j = i; j < track.size; j++) {
            if (!Geo.within(DWELL_METRES, track.lon[j - 1], track.lat[j - 1], track.lon[j], track.lat[j])) {
                return j;
            }
        }
        return -1;
    }
}
