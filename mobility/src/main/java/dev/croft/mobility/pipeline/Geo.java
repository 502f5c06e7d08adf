package dev.croft.mobility.pipeline;

/** Distances on the sphere that e-mission uses (radius 6 371 000 m). */
final class Geo {
    static final double EARTH_RADIUS = 6_371_000;

    /** A degree of latitude is never shorter than this, so a latitude difference alone can prove two points apart. */
    private static final double METRES_PER_DEGREE = 111_194;

    private Geo() {}

    /** Haversine distance in metres. */
    static double distance(double lon1, double lat1, double lon2, double lat2) {
        double phi1 = Math.toRadians(lat1);
        double phi2 = Math.toRadians(lat2);
        double sinLat = Math.sin((phi2 - phi1) / 2);
        double sinLon = Math.sin((Math.toRadians(lon2) - Math.toRadians(lon1)) / 2);
        double a = sinLat * sinLat + Math.cos(phi1) * Math.cos(phi2) * sinLon * sinLon;
        return 2 * EARTH_RADIUS * Math.asin(Math.sqrt(a));
    }

    /** Whether the two points are less than {@code metres} apart; cheap when they differ much in latitude. */
    static boolean within(double metres, double lon1, double lat1, double lon2, double lat2) {
        return Math.abs(lat2 - lat1) * METRES_PER_DEGREE < metres && distance(lon1, lat1, lon2, lat2) < metres;
    }
}
