package dev.croft.vault.documents.filter;

import dev.croft.vault.documents.DocumentException.BadQuery;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** What {@code $geoWithin} looks inside of. */
public sealed interface GeoShape permits GeoShape.Box, GeoShape.Planar, SphericalPolygons {
    /** Vertices of all rings together. */
    int MAX_VERTICES = 10_000;

    /** Whether every position of the stored value (a legacy pair or a GeoJSON geometry), and every line between them, is inside. */
    boolean contains(BsonValue value);

    /** {@code $box}: a rectangle of the plane with its border. */
    record Box(double minX, double minY, double maxX, double maxY) implements GeoShape {
        @Override
        public boolean contains(BsonValue value) {
            List<List<GeoPoint>> paths = GeoPoint.paths(value);
            return paths != null
                    && paths.stream()
                            .flatMap(List::stream)
                            .allMatch(p -> p.x() >= minX && p.x() <= maxX && p.y() >= minY && p.y() <= maxY);
        }
    }

    /** {@code $polygon}: a polygon of the plane with its border, by the even-odd rule. Only positions are looked for. */
    record Planar(List<GeoPoint> corners) implements GeoShape {
        public Planar {
            corners = List.copyOf(corners);
        }

        @Override
        public boolean contains(BsonValue value) {
            GeoPoint point = GeoPoint.of(value);
            return point != null && contains(point);
        }

        private boolean contains(GeoPoint p) {
            boolean inside = false;
            for (int i = 0, j = corners.size() - 1; i < corners.size(); j = i++) {
                GeoPoint a = corners.get(i);
                GeoPoint b = corners.get(j);
                double cross = (b.x() - a.x()) * (p.y() - a.y()) - (b.y() - a.y()) * (p.x() - a.x());
                if (cross == 0
                        && Math.min(a.x(), b.x()) <= p.x()
                        && p.x() <= Math.max(a.x(), b.x())
                        && Math.min(a.y(), b.y()) <= p.y()
                        && p.y() <= Math.max(a.y(), b.y())) {
                    return true;
                }
                if ((a.y() > p.y()) != (b.y() > p.y())
                        && p.x() < (b.x() - a.x()) * (p.y() - a.y()) / (b.y() - a.y()) + a.x()) {
                    inside = !inside;
                }
            }
            return inside;
        }
    }

    /** @throws BadQuery if it is not {@code $geometry} (Polygon or MultiPolygon), {@code $box} or {@code $polygon} */
    static GeoShape parse(BsonDocument document) {
        if (document.size() != 1) {
            throw new BadQuery("$geoWithin", "$geoWithin takes exactly one shape");
        }
        String name = document.getFirstKey();
        BsonValue value = document.get(name);
        return switch (name) {
            case "$box" -> {
                List<GeoPoint> corners = points(name, value);
                if (corners.size() != 2) {
                    throw new BadQuery(name, "$box takes two opposite corners");
                }
                GeoPoint a = corners.get(0);
                GeoPoint b = corners.get(1);
                yield new Box(
                        Math.min(a.x(), b.x()), Math.min(a.y(), b.y()), Math.max(a.x(), b.x()), Math.max(a.y(), b.y()));
            }
            case "$polygon" -> {
                List<GeoPoint> corners = points(name, value);
                if (corners.size() < 3) {
                    throw new BadQuery(name, "$polygon takes at least three corners");
                }
                yield new Planar(corners);
            }
            case "$geometry" -> geometry(value);
            default -> throw new BadQuery(FieldPath.shorten(name), "unknown operator " + FieldPath.shorten(name));
        };
    }

    private static GeoShape geometry(@Nullable BsonValue value) {
        if (!(value instanceof BsonDocument geometry)
                || !(geometry.get("type") instanceof BsonString type)
                || !(geometry.get("coordinates") instanceof BsonArray coordinates)) {
            throw new BadQuery("$geometry", "$geometry takes a GeoJSON Polygon or MultiPolygon");
        }
        return switch (type.getValue()) {
            case "Polygon" -> SphericalPolygons.of(List.of(rings(coordinates)));
            case "MultiPolygon" -> {
                List<List<List<GeoPoint>>> polygons = new ArrayList<>();
                for (BsonValue polygon : coordinates) {
                    polygons.add(rings(polygon));
                }
                yield SphericalPolygons.of(polygons);
            }
            default -> throw new BadQuery("$geometry", "$geometry takes a GeoJSON Polygon or MultiPolygon");
        };
    }

    private static List<List<GeoPoint>> rings(@Nullable BsonValue polygon) {
        List<List<GeoPoint>> rings = new ArrayList<>();
        if (polygon instanceof BsonArray array) {
            for (BsonValue ring : array) {
                List<GeoPoint> points = points("$geometry", ring);
                if (points.size() < 4
                        || !points.getFirst().equals(points.getLast())
                        || !points.stream().allMatch(GeoPoint::onEarth)) {
                    throw new BadQuery("$geometry", "a ring is closed and has at least four positions, all on Earth");
                }
                rings.add(points);
            }
        }
        if (rings.isEmpty()) {
            throw new BadQuery("$geometry", "a polygon has at least one ring");
        }
        return rings;
    }

    private static List<GeoPoint> points(String name, @Nullable BsonValue value) {
        if (!(value instanceof BsonArray array)) {
            throw new BadQuery(name, name + " takes arrays of positions");
        }
        if (array.size() > MAX_VERTICES) {
            throw new BadQuery(name, name + " has at most " + MAX_VERTICES + " vertices");
        }
        List<GeoPoint> points = new ArrayList<>(array.size());
        for (BsonValue one : array) {
            GeoPoint point = GeoPoint.of(one);
            if (point == null) {
                throw new BadQuery(name, name + " holds something that is not a position");
            }
            points.add(point);
        }
        return points;
    }
}
