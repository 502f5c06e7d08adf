package dev.croft.mobility.pipeline;

/**
 * Fills long gaps of a distance-filtered section with synthetic points around the gap's end, so that rest counts as
 * slow movement when outliers are sought. Each gap takes its radii, then its angles, from the random sequence; the
 * longitude uses the cosine of degrees, as in e-mission.
 */
final class GapFill {
    static final int SEED = 61297777;

    private static final double INTERVAL = 60;
    private static final double SAME_PLACE = 100;
    private static final double METRES_PER_DEGREE = 111111;

    private GapFill() {}

    static Legs fill(Span span, MersenneTwister random) {
        Track track = span.track();
        int size = span.size();
        for (int end = span.from() + 1; end < span.to(); end++) {
            size += missing(track, end);
        }
        if (size == span.size()) {
            return Legs.of(span);
        }
        double[] ts = new double[size];
        double[] lon = new double[size];
        double[] lat = new double[size];
        int[] index = new int[size];
        int to = 0;
        for (int i = span.from(); i < span.to(); i++) {
            int count = i == span.from() ? 0 : missing(track, i);
            double start = count == 0 ? 0 : track.ts[i - 1] + INTERVAL;
            for (int k = 0; k < count; k++) {
                ts[to + k] = start + k * INTERVAL;
                lon[to + k] = random.nextDouble() * 100;
                index[to + k] = -1;
            }
            double stretch = Math.cos(track.lat[i]);
            for (int k = to; k < to + count; k++) {
                double radius = lon[k];
                double angle = random.nextDouble() * 2 * Math.PI;
                lat[k] = track.lat[i] + radius * (Math.sin(angle) / METRES_PER_DEGREE);
                lon[k] = track.lon[i] + radius * (Math.cos(angle) / stretch / METRES_PER_DEGREE);
            }
            to += count;
            ts[to] = track.ts[i];
            lon[to] = track.lon[i];
            lat[to] = track.lat[i];
            index[to++] = i;
        }
        return Legs.of(ts, lon, lat, index);
    }

    /** How many synthetic points the gap before that point takes. */
    private static int missing(Track track, int end) {
        double gap = track.ts[end] - track.ts[end - 1];
        if (gap <= INTERVAL || track.distance(end - 1, end) > SAME_PLACE) {
            return 0;
        }
        return (int) Math.ceil((track.ts[end] - (track.ts[end - 1] + INTERVAL)) / INTERVAL);
    }
}
