package dev.croft.mobility.pipeline;

import dev.croft.mobility.pipeline.TripSegmentation.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Trips in a stream with a point every so many seconds (Android): a trip ends where the points of the last five minutes
 * lie within 100 m of the current one, or where tracking broke off.
 */
final class DwellTimeFilter {
    private static final double DWELL_SECONDS = 300;
    private static final double DWELL_METRES = 100;
    private static final int DWELL_POINTS = 9;
    /** A dwell is only believed if the window reaches almost as far back as it should. */
    private static final double MIN_WINDOW_SECONDS = DWELL_SECONDS - 30;

    private static final double TWELVE_HOURS = 12 * 60 * 60;
    /** A point written so much later than sensed would make the person travel back in time. */
    private static final double MAX_WRITE_DELAY = 1000;

    private static final double REJOIN_SECONDS = 60;

    private final Track track;
    private final Events events;
    private final boolean[] restarted;
    private final boolean[] moving;
    private final int[] windowStart;

    private DwellTimeFilter(Track track, Events events) {
        this.track = track;
        this.events = events;
        restarted = events.restartedAt(track);
        moving = events.movingAt(track);
        windowStart = new int[track.size];
        int inTime = 0;
        for (int i = 0; i < track.size; i++) {
            while (track.ts[inTime] <= track.ts[i] - DWELL_SECONDS) {
                inTime++;
            }
            windowStart[i] = Math.min(Math.max(0, i - DWELL_POINTS), inTime);
        }
    }

    static List<Segment> segment(Track all, Events events) {
        int[] prompt = new int[all.size];
        int count = 0;
        for (int i = 0; i < all.size; i++) {
            if (all.writeTs[i] - all.ts[i] < MAX_WRITE_DELAY) {
                prompt[count++] = i;
            }
        }
        if (count == all.size) {
            return new DwellTimeFilter(all, events).segments();
        }
        int[] kept = Arrays.copyOf(prompt, count);
        return new DwellTimeFilter(all.pick(kept), events)
                .segments().stream()
                        .map(s -> new Segment(
                                kept[s.start()], kept[s.end()], s.next() < 0 ? -1 : kept[s.next()], s.settled()))
                        .toList();
    }

    private List<Segment> segments() {
        List<Segment> segments = new ArrayList<>();
        int last = track.size - 1;
        int start = 0;
        while (start >= 0 && start <= last) {
            int trigger = start + 1;
            while (trigger <= last && !endsAt(start, trigger)) {
                trigger++;
            }
            if (trigger > last) {
                if (start < last && events.stoppedMovingAfter(track.ts[last])) {
                    segments.add(new Segment(start, endPoint(start, last).index, -1, false));
                }
                break;
            }
            End end = endPoint(start, trigger);
            int next = end.beforeGap ? trigger : firstAwayAfter(trigger);
            boolean settled = next >= 0;
            if (next < 0 && trigger < last) {
                next = trigger + 1;
            }
            segments.add(new Segment(start, end.index, next, settled));
            start = next;
        }
        return segments;
    }

    private boolean endsAt(int start, int i) {
        if (restarted[i]) {
            return true;
        }
        double gap = track.ts[i] - track.ts[i - 1];
        if (gap > 2 * DWELL_SECONDS) {
            if (!moving[i] || gap > TWELVE_HOURS || track.distance(i - 1, i) / gap < DWELL_METRES / DWELL_SECONDS) {
                return true;
            }
        }
        return dwells(start, i);
    }

    private boolean dwells(int start, int i) {
        int from = Math.max(start, windowStart[i]);
        if (i - from < DWELL_POINTS - 2) {
            return false;
        }
        boolean reachesBack = false;
        for (int j = from; j < i && !reachesBack; j++) {
            double ago = track.ts[i] - track.ts[j];
            reachesBack = ago > MIN_WINDOW_SECONDS && ago < DWELL_SECONDS;
        }
        if (!reachesBack) {
            return false;
        }
        // The oldest point is likely the farthest, so a moving phone is recognised at the first.
        for (int j = from; j < i; j++) {
            if (!Geo.within(DWELL_METRES, track.lon[j], track.lat[j], track.lon[i], track.lat[i])) {
                return false;
            }
        }
        return true;
    }

    private record End(int index, boolean beforeGap) {}

    /** The middle of the window's points: where the person had come to rest. */
    private End endPoint(int start, int i) {
        int from = Math.max(start, windowStart[i]);
        int byCount = Math.min(i - from, DWELL_POINTS);
        int byTime = 0;
        for (int j = from; j < i; j++) {
            if (track.ts[i] - track.ts[j] < DWELL_SECONDS) {
                byTime++;
            }
        }
        double middle = i - byCount / 2.0;
        if (byTime == 0) {
            return new End((int) Math.floor(middle), true);
        }
        return new End((int) Math.floor(Math.min(middle, i - (byTime + 1) / 2.0)), false);
    }

    /** The first point after {@code i} that is not just an echo of the rest; -1 if there is none yet. */
    private int firstAwayAfter(int i) {
        for (int j = i + 1; j < track.size; j++) {
            if (track.ts[j] - track.ts[j - 1] > REJOIN_SECONDS
                    || !Geo.within(DWELL_METRES, track.lon[j - 1], track.lat[j - 1], track.lon[j], track.lat[j])) {
                return j;
            }
        }
        return -1;
    }
}
