package dev.croft.mobility.entry;

import dev.croft.mobility.entry.EntryResult.Refused;
import dev.croft.mobility.entry.EntryResult.Taken;
import dev.croft.mobility.entry.Refusal.Reason;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.List;
import java.util.regex.Pattern;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonNull;
import org.bson.BsonNumber;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.bson.types.ObjectId;
import org.jspecify.annotations.Nullable;

/**
 * The long-term form of entries: as the e-mission server keeps them, and as the pipeline and private clouds use them.
 *
 * <p>What a phone sends gains local dates ({@code local_dt}, {@code fmt_time}), a GeoJSON {@code loc}, and numeric codes
 * for activities and transitions, by the tables of e-mission's formatters. A phone that names no zone is taken to be in
 * {@link LocalMoment#DEFAULT_ZONE}. Two additions: an iOS location that names its {@code filter} only in its metadata gets
 * it in its data too, where the pipeline looks; and an entry without {@code _id} gets one derived from its content.
 *
 * <p>Pure functions; documents given are not changed.
 */
public final class LongTermFormat {
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*");
    private static final int MAX_KEY = 128;

    private LongTermFormat() {}

    /** Converts what a reader took; passes refusals on. */
    public static EntryResult convert(EntryResult read) {
        return switch (read) {
            case Taken taken -> convert(taken.index(), taken.entry());
            case Refused refused -> refused;
        };
    }

    /** Converts one entry of either form, checking it; {@code index} only comes back in the result. */
    public static EntryResult convert(long index, BsonDocument entry) {
        try {
            return new Taken(index, convert(entry));
        } catch (RefusedException e) {
            String json = EntryJson.write(entry);
            return new Refused(index, e.refusal(), json.substring(0, Math.min(json.length(), EntryReader.KEPT_TEXT)));
        }
    }

    private static BsonDocument convert(BsonDocument entry) throws RefusedException {
        boolean phone = EntryFormat.of(entry) == EntryFormat.PHONE;
        BsonDocument metadata = Fields.document(entry, "metadata").clone();
        BsonDocument data = Fields.document(entry, "data");
        String key = key(metadata);
        double writeTs = Fields.timestamp(metadata, "write_ts", "metadata.");
        String zone = zone(metadata);

        BsonDocument out = new BsonDocument();
        BsonValue id = objectId(entry.get("_id"));
        if (id != null) {
            out.put("_id", id);
        }
        BsonValue user = userId(entry.get("user_id"));
        if (user != null) {
            out.put("user_id", user);
        }
        for (String name : entry.keySet()) {
            if (!out.containsKey(name) && !name.equals("_id") && !name.equals("user_id")) {
                out.put(name, entry.get(name));
            }
        }
        out.put("metadata", metadata);
        if (phone) {
            metadata.put("key", new BsonString(key));
            metadata.put("time_zone", new BsonString(zone));
            LocalMoment written = moment(writeTs, zone);
            metadata.put("write_local_dt", written.components());
            metadata.put("write_fmt_time", new BsonString(written.formatted()));
            BsonDocument converted = PhoneData.toLongTerm(key, metadata, data);
            PhoneData.addTimes(key, metadata, converted, zone);
            out.put("data", converted);
        } else {
            out.put("data", data.clone());
        }
        check(key, out.getDocument("data"));
        if (id == null) {
            out.put("_id", EntryIdentity.derivedId(out));
        }
        return out;
    }

    /** What the pipeline relies on, in either form. */
    private static void check(String key, BsonDocument data) throws RefusedException {
        switch (key) {
            case EntryKey.LOCATION, EntryKey.FILTERED_LOCATION -> {
                Fields.within(data, "latitude", 90);
                Fields.within(data, "longitude", 180);
                Fields.timestamp(data, "ts", "data.");
                if (data.get("loc") instanceof BsonDocument loc) {
                    if (!(loc.get("coordinates") instanceof BsonArray pair) || pair.size() < 2) {
                        throw new RefusedException(Refusal.wrongType("data.loc", "a GeoJSON point"));
                    }
                }
            }
            case EntryKey.MOTION_ACTIVITY -> {
                Fields.integer(data, "type");
                Fields.number(data, "confidence");
                Fields.timestamp(data, "ts", "data.");
            }
            case EntryKey.TRANSITION -> {
                if (!(data.get("transition") instanceof BsonNull)) {
                    Fields.integer(data, "transition");
                }
                Fields.timestamp(data, "ts", "data.");
            }
            default -> {
                for (String field : new String[] {"ts", "start_ts", "end_ts"}) {
                    if (data.get(field) instanceof BsonNumber number && !Double.isFinite(number.doubleValue())) {
                        throw new RefusedException(Refusal.outOfRange("data." + field, "finite"));
                    }
                }
            }
        }
    }

    private static String key(BsonDocument metadata) throws RefusedException {
        String key = Fields.string(metadata, "key", "metadata.");
        if (key.length() > MAX_KEY || !KEY.matcher(key).matches()) {
            throw new RefusedException(Refusal.outOfRange("metadata.key", "a path of letters, digits, _ . and -"));
        }
        return key.equals(EntryKey.OLD_ACTIVITY) ? EntryKey.MOTION_ACTIVITY : key;
    }

    private static String zone(BsonDocument metadata) throws RefusedException {
        BsonValue zone = metadata.get("time_zone");
        if (zone == null || zone.isNull()) {
            return LocalMoment.DEFAULT_ZONE;
        }
        return Fields.string(metadata, "time_zone", "metadata.");
    }

    static LocalMoment moment(double ts, String zone) throws RefusedException {
        try {
            return LocalMoment.of(ts, ZoneId.of(zone));
        } catch (DateTimeException e) {
            throw new RefusedException(
                    new Refusal(Reason.UNKNOWN_TIME_ZONE, "metadata.time_zone is not in the time-zone database"));
        }
    }

    static BsonDocument point(BsonDocument data) {
        return new BsonDocument("type", new BsonString("Point"))
                .append(
                        "coordinates",
                        new BsonArray(List.of(
                                new BsonDouble(data.getNumber("longitude").doubleValue()),
                                new BsonDouble(data.getNumber("latitude").doubleValue()))));
    }

    private static @Nullable BsonValue objectId(@Nullable BsonValue id) {
        if (id == null || id.isNull()) {
            return null;
        }
        return id instanceof BsonString text && ObjectId.isValid(text.getValue())
                ? new BsonObjectId(new ObjectId(text.getValue()))
                : id;
    }

    private static @Nullable BsonValue userId(@Nullable BsonValue user) {
        if (user instanceof BsonString text) {
            try {
                return EntryJson.uuid(ExtendedJson.uuid(text.getValue()));
            } catch (IllegalArgumentException e) {
                return user;
            }
        }
        return user;
    }
}
