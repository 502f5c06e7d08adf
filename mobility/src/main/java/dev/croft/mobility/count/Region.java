package dev.croft.mobility.count;

import java.util.ArrayList;
import java.util.List;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonNumber;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;
import org.locationtech.jts.algorithm.locate.IndexedPointInAreaLocator;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.GeometryFactory;
import org.locationtech.jts.geom.LinearRing;
import org.locationtech.jts.geom.Location;
import org.locationtech.jts.geom.Polygon;
import org.locationtech.jts.operation.valid.IsValidOp;

/**
 * An area of the earth: a GeoJSON Polygon or MultiPolygon (RFC 7946), alone or as the geometry of a Feature. Points on
 * its border are in it; its edges are straight in longitude and latitude; it does not cross the antimeridian (RFC 7946,
 * section 3.1.9, says to cut such an area in two).
 *
 * <p>Immutable and thread-safe.
 */
public final class Region {
    /** Most vertices of one area. */
    public static final int MAX_VERTICES = 100_000;

    private static final GeometryFactory FACTORY = new GeometryFactory();

    private final Envelope envelope;
    private final IndexedPointInAreaLocator locator;

    private Region(Geometry geometry) {
        envelope = geometry.getEnvelopeInternal();
        locator = new IndexedPointInAreaLocator(geometry);
    }

    /**
     * Reads GeoJSON.
     *
     * @throws RegionException if it is no valid area: wrong type, open ring, self-intersection, too many vertices
     */
    public static Region of(BsonDocument geoJson) {
        BsonDocument geometry = geoJson;
        if (type(geoJson).equals("Feature")) {
            if (!(geoJson.get("geometry") instanceof BsonDocument inner)) {
                throw new RegionException("the feature has no geometry");
            }
            geometry = inner;
        }
        int[] vertices = {0};
        List<Polygon> polygons = new ArrayList<>();
        switch (type(geometry)) {
            case "Polygon" -> polygons.add(polygon(array(geometry.get("coordinates")), vertices));
            case "MultiPolygon" -> {
                for (BsonValue part : array(geometry.get("coordinates"))) {
                    polygons.add(polygon(array(part), vertices));
                }
            }
            default -> throw new RegionException("an area must be a GeoJSON Polygon or MultiPolygon");
        }
        if (polygons.isEmpty()) {
            throw new RegionException("the area has no polygon");
        }
        Geometry area = polygons.size() == 1
                ? polygons.getFirst()
                : FACTORY.createMultiPolygon(polygons.toArray(Polygon[]::new));
        IsValidOp check = new IsValidOp(area);
        if (!check.isValid()) {
            throw new RegionException(
                    "the area is not valid: " + check.getValidationError().getMessage());
        }
        return new Region(area);
    }

    /** Whether a point lies in the area or on its border; degrees. */
    public boolean contains(double longitude, double latitude) {
        return envelope.contains(longitude, latitude)
                && locator.locate(new Coordinate(longitude, latitude)) != Location.EXTERIOR;
    }

    private static String type(BsonDocument geoJson) {
        return geoJson.get("type") instanceof BsonString type ? type.getValue() : "";
    }

    private static Polygon polygon(BsonArray rings, int[] vertices) {
        if (rings.isEmpty()) {
            throw new RegionException("a polygon has no ring");
        }
        LinearRing shell = ring(array(rings.getFirst()), vertices);
        LinearRing[] holes =
                rings.stream().skip(1).map(ring -> ring(array(ring), vertices)).toArray(LinearRing[]::new);
        return FACTORY.createPolygon(shell, holes);
    }

    private static LinearRing ring(BsonArray positions, int[] vertices) {
        vertices[0] += positions.size();
        if (vertices[0] > MAX_VERTICES) {
            throw new RegionException("the area has more than " + MAX_VERTICES + " vertices");
        }
        Coordinate[] coordinates = positions.stream().map(Region::position).toArray(Coordinate[]::new);
        if (coordinates.length < 4 || !coordinates[0].equals2D(coordinates[coordinates.length - 1])) {
            throw new RegionException("a ring must have four positions or more and end where it starts");
        }
        return FACTORY.createLinearRing(coordinates);
    }

    private static Coordinate position(BsonValue value) {
        BsonArray pair = array(value);
        if (pair.size() >= 2
                && pair.get(0) instanceof BsonNumber longitude
                && pair.get(1) instanceof BsonNumber latitude
                && Math.abs(longitude.doubleValue()) <= 180
                && Math.abs(latitude.doubleValue()) <= 90) {
            return new Coordinate(longitude.doubleValue(), latitude.doubleValue());
        }
        throw new RegionException("a position must be [longitude, latitude] in degrees");
    }

    private static BsonArray array(@Nullable BsonValue value) {
        if (value instanceof BsonArray array) {
            return array;
        }
        throw new RegionException("coordinates must be nested arrays of positions");
    }
}
