package dev.croft.mobility.pipeline;

/** The points {@code [from, to)} of a track. */
record Span(Track track, int from, int to) {
    int size() {
        return to - from;
    }

    boolean isEmpty() {
        return to <= from;
    }

    int last() {
        return to - 1;
    }

    /** Those of these points that the other span of the same track has too. */
    Span within(Span other) {
        int start = Math.max(from, other.from);
        return new Span(track, start, Math.max(start, Math.min(to, other.to)));
    }

    /**
     * Speed from the previous point, one per point, the first 0. An empty span has the single speed 0: e-mission
     * prepends a zero to the legs and takes medians over that list.
     */
    double[] speeds() {
        double[] speeds = new double[Math.max(1, size())];
        for (int i = from + 1; i < to; i++) {
            speeds[i - from] = speed(track.distance(i - 1, i), track.ts[i] - track.ts[i - 1]);
        }
        return speeds;
    }

    double medianSpeed() {
        return Stats.median(speeds());
    }

    static double speed(double distance, double seconds) {
        return seconds == 0 ? 0 : distance / seconds;
    }
}
