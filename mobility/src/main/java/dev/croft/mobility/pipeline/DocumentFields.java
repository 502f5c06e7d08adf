package dev.croft.mobility.pipeline;

import dev.croft.mobility.entry.LocalMoment;
import java.util.List;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.jspecify.annotations.Nullable;

/** The fields that derived documents share. */
final class DocumentFields {
    private DocumentFields() {}

    static BsonDocument source(String name) {
        return new BsonDocument("source", new BsonString(name));
    }

    /** An instant in e-mission's three forms, each name after the prefix. */
    static void moment(BsonDocument data, String prefix, double ts, String zone) {
        LocalMoment local = LocalMoment.of(Math.max(0, ts), zone);
        data.append(prefix + "ts", number(ts))
                .append(prefix + "local_dt", local.components())
                .append(prefix + "fmt_time", new BsonString(local.formatted()));
    }

    static void ends(BsonDocument data, Fix start, Fix end) {
        moment(data, "start_", start.ts(), start.zone());
        data.append("start_loc", point(start.longitude(), start.latitude()));
        moment(data, "end_", end.ts(), end.zone());
        data.append("end_loc", point(end.longitude(), end.latitude()));
    }

    static void place(BsonDocument data, Fix location, double enter, double exit, @Nullable String exitZone) {
        data.append("location", point(location.longitude(), location.latitude()));
        if (!Double.isNaN(enter)) {
            moment(data, "enter_", enter, location.zone());
        }
        if (!Double.isNaN(exit)) {
            moment(data, "exit_", exit, exitZone == null ? location.zone() : exitZone);
        }
        if (!Double.isNaN(exit - enter)) {
            data.append("duration", number(exit - enter));
        }
    }

    /** The movements before and after a place. */
    static void neighbours(BsonDocument data, @Nullable BsonObjectId ending, @Nullable BsonObjectId starting) {
        if (ending != null) {
            data.append("ending_trip", ending);
        }
        if (starting != null) {
            data.append("starting_trip", starting);
        }
    }

    static BsonDocument stop(CleanedStop stop) {
        BsonDocument data = source(DerivedDocuments.SECTION_SOURCE);
        moment(data, "enter_", stop.enter().ts(), stop.enter().zone());
        moment(data, "exit_", stop.exit().ts(), stop.exit().zone());
        return data.append(
                        "enter_loc",
                        point(stop.enter().longitude(), stop.enter().latitude()))
                .append("exit_loc", point(stop.exit().longitude(), stop.exit().latitude()))
                .append("duration", number(stop.duration()))
                .append("distance", number(stop.distance()));
    }

    static BsonDocument point(double longitude, double latitude) {
        return new BsonDocument("type", new BsonString("Point"))
                .append("coordinates", new BsonArray(List.of(number(longitude), number(latitude))));
    }

    static BsonDouble number(double value) {
        return new BsonDouble(value);
    }

    static BsonArray numbers(double[] values) {
        BsonArray array = new BsonArray(values.length);
        for (double value : values) {
            array.add(number(value));
        }
        return array;
    }
}
