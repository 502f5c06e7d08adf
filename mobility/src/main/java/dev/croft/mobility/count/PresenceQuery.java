package dev.croft.mobility.count;

import org.bson.BsonDocument;
import org.bson.BsonNumber;

/**
 * Was this person in the area during the interval?
 *
 * <p>One person changes a sum of such bits by at most {@link #SENSITIVITY}.
 *
 * @param region the area
 * @param from start of the interval, epoch seconds, inclusive
 * @param to end, exclusive
 */
public record PresenceQuery(Region region, double from, double to) {
    /** How much one person can change the sum over people. */
    public static final long SENSITIVITY = 1;

    /** @throws RegionException if the interval is empty or not finite */
    public PresenceQuery {
        if (!(from < to) || Double.isInfinite(from) || Double.isInfinite(to)) {
            throw new RegionException("the interval must end after it starts");
        }
    }

    /** Whether one point, sensed at {@code ts}, answers the question with yes. */
    public boolean matches(double ts, double longitude, double latitude) {
        return ts >= from && ts < to && region.contains(longitude, latitude);
    }

    /** As {@link #matches(double, double, double)}, for a location entry in either form; false for any other entry. */
    public boolean matches(BsonDocument entry) {
        return entry.get("data") instanceof BsonDocument data
                && data.get("ts") instanceof BsonNumber ts
                && data.get("longitude") instanceof BsonNumber longitude
                && data.get("latitude") instanceof BsonNumber latitude
                && matches(ts.doubleValue(), longitude.doubleValue(), latitude.doubleValue());
    }

    /** The person's bit: 1 if any location matches, else 0. Stops at the first that does. */
    public long bit(Iterable<BsonDocument> locations) {
        for (BsonDocument location : locations) {
            if (matches(location)) {
                return 1;
            }
        }
        return 0;
    }
}
