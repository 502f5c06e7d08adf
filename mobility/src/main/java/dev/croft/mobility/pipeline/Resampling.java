package dev.croft.mobility.pipeline;

import java.util.Arrays;
import java.util.List;

/** Linear resampling of a path to a fixed interval, its end kept. */
final class Resampling {
    private static final double INTERVAL = 30;

    /** About a year: a longer path, as only damaged data have, is sampled more coarsely to bound memory. */
    private static final int MOST_POINTS = 1 << 20;

    private Resampling() {}

    /** One point stays as it is. Where two points share an instant nothing can be interpolated and points are lost. */
    static Trajectory resample(List<Fix> path) {
        int size = path.size();
        double[] x = new double[size];
        for (int i = 0; i < size; i++) {
            x[i] = path.get(i).ts();
        }
        double start = x[0];
        double end = x[size - 1];
        double interval = Math.max(INTERVAL, (end - start) / MOST_POINTS);
        int steps = size == 1 ? 0 : Math.max(0, (int) Math.ceil((end - start) / interval));
        double[] ts = new double[steps + 1];
        double[] lon = new double[steps + 1];
        double[] lat = new double[steps + 1];
        double[] alt = new double[steps + 1];
        String[] zone = new String[steps + 1];
        int high = 0;
        for (int i = 0; i <= steps; i++) {
            double t = i == steps ? end : start + i * interval;
            while (high < size - 1 && x[high] < t) {
                high++;
            }
            ts[i] = t;
            if (size == 1) {
                Fix only = path.getFirst();
                lon[i] = only.longitude();
                lat[i] = only.latitude();
                alt[i] = only.altitude();
                zone[i] = only.zone();
            } else {
                int hi = Math.max(1, high);
                Fix a = path.get(hi - 1);
                Fix b = path.get(hi);
                double dx = b.ts() - a.ts();
                double since = t - a.ts();
                lon[i] = (b.longitude() - a.longitude()) / dx * since + a.longitude();
                lat[i] = (b.latitude() - a.latitude()) / dx * since + a.latitude();
                alt[i] = (b.altitude() - a.altitude()) / dx * since + a.altitude();
                zone[i] = t >= b.ts() ? b.zone() : a.zone();
            }
        }
        double[] distance = new double[steps + 1];
        double[] speed = new double[steps + 1];
        for (int i = 1; i <= steps; i++) {
            distance[i] = Geo.distance(lon[i - 1], lat[i - 1], lon[i], lat[i]);
            speed[i] = Span.speed(distance[i], ts[i] - ts[i - 1]);
        }
        return withoutGaps(new Trajectory(ts, lon, lat, alt, distance, speed, zone));
    }

    private static Trajectory withoutGaps(Trajectory all) {
        int[] kept = new int[all.size()];
        int count = 0;
        for (int i = 0; i < all.size(); i++) {
            if (!Double.isNaN(all.distance()[i] + all.longitude()[i] + all.latitude()[i] + all.altitude()[i])) {
                kept[count++] = i;
            }
        }
        if (count == all.size()) {
            return all;
        }
        int[] indices = Arrays.copyOf(kept, count);
        return new Trajectory(
                pick(all.ts(), indices),
                pick(all.longitude(), indices),
                pick(all.latitude(), indices),
                pick(all.altitude(), indices),
                pick(all.distance(), indices),
                pick(all.speed(), indices),
                Arrays.stream(indices).mapToObj(i -> all.zone()[i]).toArray(String[]::new));
    }

    private static double[] pick(double[] values, int[] indices) {
        return Arrays.stream(indices).mapToDouble(i -> values[i]).toArray();
    }
}
