package dev.croft.vault.documents.filter;

import dev.croft.vault.documents.DocumentException.BadQuery;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonValue;

/**
 * Polygons on the sphere: the first ring of each is its border, the others are holes, and edges are great circles, as in
 * MongoDB's {@code $geometry}. A point is inside a ring if the ring winds around it, which is decided by the ring's orthographic picture
 * seen from above the point; rings larger than half the Earth are therefore read as their complement.
 */
record SphericalPolygons(List<List<Ring>> polygons) implements GeoShape {
    /** Closer than this (a tenth of a micrometre on the Earth's surface) to a corner counts as on it. */
    private static final double ON_CORNER = 1e-14;

    SphericalPolygons {
        polygons = List.copyOf(polygons);
    }

    static SphericalPolygons of(List<List<List<GeoPoint>>> polygons) {
        if (polygons.isEmpty()) {
            throw new BadQuery("$geometry", "a MultiPolygon has at least one polygon");
        }
        int vertices = 0;
        List<List<Ring>> all = new ArrayList<>();
        for (List<List<GeoPoint>> polygon : polygons) {
            List<Ring> rings = new ArrayList<>();
            for (List<GeoPoint> ring : polygon) {
                vertices += ring.size();
                if (vertices > MAX_VERTICES) {
                    throw new BadQuery("$geometry", "a geometry has at most " + MAX_VERTICES + " vertices");
                }
                rings.add(Ring.of(ring));
            }
            all.add(List.copyOf(rings));
        }
        return new SphericalPolygons(all);
    }

    @Override
    public boolean contains(BsonValue value) {
        List<List<GeoPoint>> paths = GeoPoint.paths(value);
        if (paths == null) {
            return false;
        }
        for (List<GeoPoint> path : paths) {
            if (!path.stream().allMatch(GeoPoint::onEarth)) {
                return false;
            }
        }
        return polygons.stream().anyMatch(polygon -> paths.stream().allMatch(path -> contains(polygon, path)));
    }

    private static boolean contains(List<Ring> polygon, List<GeoPoint> path) {
        for (GeoPoint point : path) {
            double[] p = vector(point);
            if (!polygon.getFirst().contains(p) || polygon.stream().skip(1).anyMatch(hole -> hole.contains(p))) {
                return false;
            }
        }
        for (int i = 1; i < path.size(); i++) {
            double[] a = vector(path.get(i - 1));
            double[] b = vector(path.get(i));
            if (polygon.stream().anyMatch(ring -> ring.crosses(a, b))) {
                return false;
            }
        }
        return true;
    }

    private static double[] vector(GeoPoint point) {
        double longitude = Math.toRadians(point.x());
        double latitude = Math.toRadians(point.y());
        double c = Math.cos(latitude);
        return new double[] {c * Math.cos(longitude), c * Math.sin(longitude), Math.sin(latitude)};
    }

    private static double dot(double[] a, double[] b) {
        return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    }

    private static double[] cross(double[] a, double[] b) {
        return new double[] {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
    }

    /** A closed ring as unit vectors, and a cap around it that lets most points be refused at once. */
    record Ring(List<double[]> corners, double[] centre, double cap) {
        static Ring of(List<GeoPoint> points) {
            List<double[]> corners =
                    points.stream().skip(1).map(SphericalPolygons::vector).toList();
            double[] sum = new double[3];
            corners.forEach(corner -> {
                for (int k = 0; k < 3; k++) {
                    sum[k] += corner[k];
                }
            });
            double length = Math.sqrt(dot(sum, sum));
            if (length < 1e-9) {
                return new Ring(corners, sum, -2);
            }
            double[] centre = {sum[0] / length, sum[1] / length, sum[2] / length};
            double cap = corners.stream()
                    .mapToDouble(corner -> dot(corner, centre))
                    .min()
                    .orElse(-2);
            // A cap smaller than a hemisphere holds the great circles between its points; a larger one says nothing.
            return new Ring(corners, centre, cap > 0 ? cap - 1e-12 : -2);
        }

        boolean contains(double[] p) {
            if (dot(p, centre) < cap) {
                return false;
            }
            double[] east = Math.abs(p[2]) < 0.9 ? cross(new double[] {0, 0, 1}, p) : cross(new double[] {1, 0, 0}, p);
            double[] north = cross(p, east);
            boolean inside = false;
            double[] last = corners.getLast();
            double x0 = dot(last, east);
            double y0 = dot(last, north);
            for (double[] corner : corners) {
                double x1 = dot(corner, east);
                double y1 = dot(corner, north);
                if (Math.abs(x1) < ON_CORNER && Math.abs(y1) < ON_CORNER && dot(corner, p) > 0) {
                    return true;
                }
                if ((y0 > 0) != (y1 > 0) && 0 < (x1 - x0) * (0 - y0) / (y1 - y0) + x0) {
                    inside = !inside;
                }
                x0 = x1;
                y0 = y1;
            }
            return inside;
        }

        boolean crosses(double[] a, double[] b) {
            double[] ab = cross(a, b);
            double[] c = corners.getLast();
            for (double[] d : corners) {
                double[] cd = cross(c, d);
                double acb = -dot(ab, c);
                double bda = dot(ab, d);
                double cbd = -dot(cd, b);
                double dac = dot(cd, a);
                if (acb * bda > 0 && acb * cbd > 0 && acb * dac > 0) {
                    return true;
                }
                c = d;
            }
            return false;
        }
    }
}
