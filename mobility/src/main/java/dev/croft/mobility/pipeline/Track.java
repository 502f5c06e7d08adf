package dev.croft.mobility.pipeline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A person's filtered locations in columns, in the order they were written, without duplicates and without points that
 * go back in time. So {@code ts} never decreases. Immutable once made.
 */
final class Track {
    private static final Comparator<LocationPoint> WRITTEN =
            Comparator.comparingDouble(LocationPoint::writeTs).thenComparing(LocationPoint::id);

    final int size;
    final double[] ts;
    final double[] writeTs;
    final double[] lon;
    final double[] lat;
    private final double[] altitude;
    private final @Nullable TrackFilter[] filter;
    private final String[] zone;
    private final String[] id;

    private Track(List<LocationPoint> points) {
        size = points.size();
        ts = new double[size];
        writeTs = new double[size];
        lon = new double[size];
        lat = new double[size];
        altitude = new double[size];
        filter = new @Nullable TrackFilter[size];
        zone = new String[size];
        id = new String[size];
        for (int i = 0; i < size; i++) {
            LocationPoint point = points.get(i);
            ts[i] = point.ts();
            writeTs[i] = point.writeTs();
            lon[i] = point.longitude();
            lat[i] = point.latitude();
            altitude[i] = point.altitude();
            filter[i] = point.filter();
            zone[i] = point.zone();
            id[i] = point.id();
        }
    }

    /**
     * The track of these points.
     *
     * @param latestBefore no point sensed before this instant is taken: the running maximum of what precedes
     */
    static Track of(List<LocationPoint> points, double latestBefore) {
        List<LocationPoint> sorted = sorted(points);
        List<LocationPoint> kept = new ArrayList<>(sorted.size());
        double latest = latestBefore;
        int groupStart = 0;
        for (int i = 0; i < sorted.size(); i++) {
            LocationPoint point = sorted.get(i);
            if (point.writeTs() != sorted.get(groupStart).writeTs()) {
                groupStart = i;
            }
            if (isRepeated(sorted, groupStart, i) || point.ts() < latest) {
                continue;
            }
            latest = Math.max(latest, point.ts());
            kept.add(point);
        }
        return new Track(kept);
    }

    private static List<LocationPoint> sorted(List<LocationPoint> points) {
        for (int i = 1; i < points.size(); i++) {
            if (WRITTEN.compare(points.get(i - 1), points.get(i)) > 0) {
                LocationPoint[] copy = points.toArray(LocationPoint[]::new);
                Arrays.sort(copy, WRITTEN);
                return Arrays.asList(copy);
            }
        }
        return points;
    }

    private static boolean isRepeated(List<LocationPoint> sorted, int groupStart, int i) {
        LocationPoint point = sorted.get(i);
        for (int j = groupStart; j < i; j++) {
            if (sameNumbers(point, sorted.get(j))) {
                return true;
            }
        }
        return false;
    }

    private static boolean sameNumbers(LocationPoint a, LocationPoint b) {
        return Double.compare(a.ts(), b.ts()) == 0
                && Double.compare(a.latitude(), b.latitude()) == 0
                && Double.compare(a.longitude(), b.longitude()) == 0
                && Double.compare(a.altitude(), b.altitude()) == 0
                && Double.compare(a.accuracy(), b.accuracy()) == 0
                && Double.compare(a.speed(), b.speed()) == 0
                && Double.compare(a.heading(), b.heading()) == 0;
    }

    private Track(Track other, int[] order) {
        size = order.length;
        ts = new double[size];
        writeTs = new double[size];
        lon = new double[size];
        lat = new double[size];
        altitude = new double[size];
        filter = new @Nullable TrackFilter[size];
        zone = new String[size];
        id = new String[size];
        for (int i = 0; i < size; i++) {
            int from = order[i];
            ts[i] = other.ts[from];
            writeTs[i] = other.writeTs[from];
            lon[i] = other.lon[from];
            lat[i] = other.lat[from];
            altitude[i] = other.altitude[from];
            filter[i] = other.filter[from];
            zone[i] = other.zone[from];
            id[i] = other.id[from];
        }
    }

    /** The points at these indices, in this order. */
    Track pick(int[] order) {
        return new Track(this, order);
    }

    /** The same points with those of one instant ordered by id: the order in which queries over {@code data.ts} answer. */
    Track byTime() {
        Integer[] order = null;
        for (int start = 0; start < size; ) {
            int end = start + 1;
            boolean ordered = true;
            while (end < size && ts[end] == ts[start]) {
                ordered &= id[end - 1].compareTo(id[end]) <= 0;
                end++;
            }
            if (!ordered) {
                if (order == null) {
                    order = new Integer[size];
                    Arrays.setAll(order, i -> i);
                }
                Arrays.sort(order, start, end, Comparator.comparing((Integer i) -> id[i]));
            }
            start = end;
        }
        if (order == null) {
            return this;
        }
        return pick(Arrays.stream(order).mapToInt(Integer::intValue).toArray());
    }

    Fix fix(int i) {
        return new Fix(ts[i], lon[i], lat[i], altitude[i], zone[i]);
    }

    double altitude(int i) {
        return altitude[i];
    }

    String zone(int i) {
        return zone[i];
    }

    String id(int i) {
        return id[i];
    }

    @Nullable
    TrackFilter filter(int i) {
        return filter[i];
    }

    /** Distance in metres between the points at two indices. */
    double distance(int i, int j) {
        return Geo.distance(lon[i], lat[i], lon[j], lat[j]);
    }

    /** The first index whose point was sensed at or after that instant; {@link #size} if none was. */
    int firstAtOrAfter(double instant) {
        return lowerBound(ts, size, instant);
    }

    /** The first index whose point was sensed after that instant; {@link #size} if none was. */
    int firstAfter(double instant) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ts[middle] <= instant) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The points sensed in the closed interval. */
    Span between(double start, double end) {
        int first = firstAtOrAfter(start);
        return new Span(this, first, Math.max(first, firstAfter(end)));
    }

    /** The filter of the first point that names one; time if none does. */
    TrackFilter firstFilter() {
        for (TrackFilter one : filter) {
            if (one != null) {
                return one;
            }
        }
        return TrackFilter.TIME;
    }

    static int lowerBound(double[] sorted, int size, double value) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sorted[middle] < value) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
