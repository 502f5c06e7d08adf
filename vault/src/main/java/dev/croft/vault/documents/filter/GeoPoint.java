package dev.croft.vault.documents.filter;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** A position: longitude and latitude in degrees, or plain coordinates of a plane. */
public record GeoPoint(double x, double y) {
    /** Metres; the radius that MongoDB computes with. */
    public static final double EARTH_RADIUS = 6_378_100;

    /** Reads a GeoJSON Point, a legacy pair {@code [x, y]}, or a legacy document of two numbers; null if it is none of them. */
    static @Nullable GeoPoint of(@Nullable BsonValue value) {
        return switch (value) {
            case BsonArray pair -> pair(pair);
            case BsonDocument document
            when document.get("type") instanceof BsonString type ->
                type.getValue().equals("Point") && document.get("coordinates") instanceof BsonArray pair
                        ? pair(pair)
                        : null;
            case BsonDocument document
            when document.size() >= 2 -> {
                Iterator<BsonValue> values = document.values().iterator();
                yield pair(values.next(), values.next());
            }
            case null, default -> null;
        };
    }

    /** The positions of any GeoJSON geometry that is not a collection; null if it is not one. */
    static @Nullable List<List<GeoPoint>> paths(BsonValue geometry) {
        GeoPoint point = of(geometry);
        if (point != null) {
            return List.of(List.of(point));
        }
        if (!(geometry instanceof BsonDocument document)
                || !(document.get("type") instanceof BsonString type)
                || !(document.get("coordinates") instanceof BsonArray coordinates)) {
            return null;
        }
        List<List<GeoPoint>> paths = new ArrayList<>();
        boolean read = switch (type.getValue()) {
            case "MultiPoint" -> coordinates.stream().allMatch(one -> addPath(new BsonArray(List.of(one)), paths));
            case "LineString" -> addPath(coordinates, paths);
            case "MultiLineString", "Polygon" -> coordinates.stream().allMatch(one -> addPath(one, paths));
            case "MultiPolygon" ->
                coordinates.stream()
                        .allMatch(polygon -> polygon instanceof BsonArray rings
                                && rings.stream().allMatch(ring -> addPath(ring, paths)));
            default -> false;
        };
        return read && !paths.isEmpty() ? paths : null;
    }

    private static boolean addPath(BsonValue coordinates, List<List<GeoPoint>> paths) {
        if (!(coordinates instanceof BsonArray array) || array.isEmpty()) {
            return false;
        }
        List<GeoPoint> path = new ArrayList<>(array.size());
        for (BsonValue one : array) {
            GeoPoint point = one instanceof BsonArray pair ? pair(pair) : null;
            if (point == null) {
                return false;
            }
            path.add(point);
        }
        return paths.add(path);
    }

    private static @Nullable GeoPoint pair(BsonArray pair) {
        return pair.size() < 2 ? null : pair(pair.get(0), pair.get(1));
    }

    private static @Nullable GeoPoint pair(BsonValue x, BsonValue y) {
        if (!x.isNumber() || !y.isNumber()) {
            return null;
        }
        GeoPoint point = new GeoPoint(x.asNumber().doubleValue(), y.asNumber().doubleValue());
        return Double.isFinite(point.x) && Double.isFinite(point.y) ? point : null;
    }

    boolean onEarth() {
        return x >= -180 && x <= 180 && y >= -90 && y <= 90;
    }

    /** Great-circle distance by the haversine formula. */
    double metresTo(GeoPoint other) {
        double latitude = Math.toRadians(y);
        double otherLatitude = Math.toRadians(other.y);
        double s = Math.sin((otherLatitude - latitude) / 2);
        double t = Math.sin(Math.toRadians(other.x - x) / 2);
        double h = s * s + Math.cos(latitude) * Math.cos(otherLatitude) * t * t;
        return 2 * EARTH_RADIUS * Math.asin(Math.sqrt(Math.min(1, h)));
    }

    double planarDistanceTo(GeoPoint other) {
        return Math.hypot(other.x - x, other.y - y);
    }
}
