package dev.croft.mobility.pipeline;

/**
 * Where the phone was at an instant.
 *
 * @param ts epoch seconds
 * @param longitude degrees
 * @param latitude degrees
 * @param altitude metres
 * @param zone IANA time zone
 */
public record Fix(double ts, double longitude, double latitude, double altitude, String zone) {
    Fix at(double newTs) {
        return new Fix(newTs, longitude, latitude, altitude, zone);
    }

    double distanceTo(Fix other) {
        return Geo.distance(longitude, latitude, other.longitude, other.latitude);
    }

    boolean samePlaceAs(Fix other) {
        return longitude == other.longitude && latitude == other.latitude;
    }
}
