package dev.croft.mobility.service;

import dev.croft.mobility.count.PresenceQuery;
import dev.croft.mobility.count.Region;
import dev.croft.mobility.entry.EntryKey;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonString;

/**
 * Tells a person whether they were in an area: leaves {@code count.json} with {@code {"count": 0 or 1}}, exact and for the
 * owner alone. Counting many people is the query's business, which adds noise and never runs this.
 *
 * <p>Input: {@code region}, a GeoJSON Polygon or MultiPolygon; {@code from} and {@code to}, epoch seconds. Needs a grant of
 * find on {@code entries}.
 */
public final class CountService {
    private CountService() {}

    public static void main(String[] args) {
        ServiceMain.run(CountService::run);
    }

    static void run(Launch launch) {
        BsonDocument input = launch.input();
        if (!(input.get("region") instanceof BsonDocument region)) {
            throw new ServiceException.BadInput("region must be a GeoJSON object");
        }
        PresenceQuery query = new PresenceQuery(
                Region.of(region), MetricsService.number(input, "from"), MetricsService.number(input, "to"));
        BsonDocument filter = new BsonDocument(
                        "metadata.key",
                        new BsonDocument(
                                "$in",
                                new BsonArray(List.of(
                                        new BsonString(EntryKey.LOCATION),
                                        new BsonString(EntryKey.FILTERED_LOCATION)))))
                .append(
                        "data.ts",
                        new BsonDocument("$gte", new BsonDouble(query.from()))
                                .append("$lt", new BsonDouble(query.to())));
        BsonDocument projection = new BsonDocument("data.ts", new BsonInt32(1))
                .append("data.longitude", new BsonInt32(1))
                .append("data.latitude", new BsonInt32(1));
        AtomicBoolean present = new AtomicBoolean();
        Door.of(launch)
                .find(
                        Entries.COLLECTION,
                        filter,
                        projection,
                        location -> present.compareAndSet(false, query.matches(location)));
        launch.output("count.json", new BsonDocument("count", new BsonInt32(present.get() ? 1 : 0)));
    }
}
