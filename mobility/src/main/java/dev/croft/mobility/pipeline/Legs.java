package dev.croft.mobility.pipeline;

/**
 * Points in columns with the distance and speed from the point before; 0 for the first.
 *
 * @param index of each point in the track; -1 for a synthetic point
 */
record Legs(double[] ts, double[] lon, double[] lat, double[] distance, double[] speed, int[] index) {
    static Legs of(double[] ts, double[] lon, double[] lat, int[] index) {
        double[] distance = new double[ts.length];
        double[] speed = new double[ts.length];
        for (int i = 1; i < ts.length; i++) {
            distance[i] = Geo.distance(lon[i - 1], lat[i - 1], lon[i], lat[i]);
            speed[i] = Span.speed(distance[i], ts[i] - ts[i - 1]);
        }
        return new Legs(ts, lon, lat, distance, speed, index);
    }

    static Legs of(Span span) {
        int size = span.size();
        double[] ts = new double[size];
        double[] lon = new double[size];
        double[] lat = new double[size];
        int[] index = new int[size];
        Track track = span.track();
        for (int i = 0; i < size; i++) {
            int from = span.from() + i;
            ts[i] = track.ts[from];
            lon[i] = track.lon[from];
            lat[i] = track.lat[from];
            index[i] = from;
        }
        return of(ts, lon, lat, index);
    }

    int size() {
        return ts.length;
    }

    double crow(int i, int j) {
        return Geo.distance(lon[i], lat[i], lon[j], lat[j]);
    }

    /** The points not deleted, with legs between them. */
    Legs without(boolean[] deleted) {
        int kept = 0;
        for (boolean gone : deleted) {
            kept += gone ? 0 : 1;
        }
        double[] keptTs = new double[kept];
        double[] keptLon = new double[kept];
        double[] keptLat = new double[kept];
        int[] keptIndex = new int[kept];
        int to = 0;
        for (int i = 0; i < deleted.length; i++) {
            if (!deleted[i]) {
                keptTs[to] = ts[i];
                keptLon[to] = lon[i];
                keptLat[to] = lat[i];
                keptIndex[to++] = index[i];
            }
        }
        return of(keptTs, keptLon, keptLat, keptIndex);
    }

    double maxSpeed() {
        double max = 0;
        for (double s : speed) {
            max = Math.max(max, s);
        }
        return max;
    }
}
