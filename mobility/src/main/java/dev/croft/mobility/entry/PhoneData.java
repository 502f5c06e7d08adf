package dev.croft.mobility.entry;

import dev.croft.mobility.entry.PhoneNames.ActivityFields;
import dev.croft.mobility.entry.Refusal.Reason;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonNull;
import org.bson.BsonNumber;
import org.bson.BsonString;
import org.bson.BsonValue;

/** The {@code data} part of a phone's entry, converted key by key. */
final class PhoneData {
    private PhoneData() {}

    static BsonDocument toLongTerm(String key, BsonDocument metadata, BsonDocument data) throws RefusedException {
        return switch (key) {
            case EntryKey.LOCATION, EntryKey.FILTERED_LOCATION -> location(metadata, data);
            case EntryKey.MOTION_ACTIVITY -> ios(metadata) ? iosActivity(metadata, data) : androidActivity(data);
            case EntryKey.TRANSITION -> transition(data);
            default -> data.clone();
        };
    }

    static boolean ios(BsonDocument metadata) {
        return metadata.get("platform") instanceof BsonString platform
                && platform.getValue().equals("ios");
    }

    private static BsonDocument location(BsonDocument metadata, BsonDocument phone) throws RefusedException {
        BsonDocument data = phone.clone();
        Fields.within(data, "latitude", 90);
        Fields.within(data, "longitude", 180);
        data.put("loc", LongTermFormat.point(data));
        BsonValue bearing = data.remove("bearing");
        if (bearing != null) {
            data.put("heading", bearing);
        }
        if (!data.containsKey("filter") && metadata.get("filter") instanceof BsonString filter) {
            data.put("filter", filter);
        }
        return data;
    }

    private static BsonDocument androidActivity(BsonDocument phone) throws RefusedException {
        for (ActivityFields fields : PhoneNames.ANDROID_ACTIVITY) {
            if (phone.containsKey(fields.type())) {
                int type = Fields.integer(phone, fields.type());
                int confidence = Fields.integer(phone, fields.confidence());
                if (type < 0 || type > 11 || type == 6) {
                    throw new RefusedException(Refusal.outOfRange("data." + fields.type(), "a known activity"));
                }
                if (confidence < 0 || confidence > 100) {
                    throw new RefusedException(Refusal.outOfRange("data." + fields.confidence(), "from 0 to 100"));
                }
                BsonDocument data =
                        new BsonDocument("type", new BsonInt32(type)).append("confidence", new BsonInt32(confidence));
                return phone.containsKey("ts") ? data.append("ts", phone.get("ts")) : data;
            }
        }
        throw new RefusedException(new Refusal(Reason.MISSING_FIELD, "no known pair of activity type and confidence"));
    }

    private static BsonDocument iosActivity(BsonDocument metadata, BsonDocument phone) throws RefusedException {
        BsonDocument data = phone.clone();
        List<String> set = new ArrayList<>();
        for (String flag : PhoneNames.IOS_FLAGS.keySet()) {
            if (Fields.flag(phone, flag)) {
                set.add(flag);
            }
        }
        data.put("type", new BsonInt32(activityType(set)));
        if (!phone.containsKey("confidence_level")) {
            String level = Fields.string(phone, "confidence", "data.");
            Integer confidence = PhoneNames.IOS_CONFIDENCE.get(level);
            if (confidence == null) {
                throw new RefusedException(
                        new Refusal(Reason.UNKNOWN_NAME, "data.confidence must be high, medium or low"));
            }
            data.put("confidence_level", new BsonString(level));
            data.put("confidence", new BsonInt32(confidence));
        }
        data.put("ts", metadata.get("write_ts"));
        return data;
    }

    private static int activityType(List<String> flags) throws RefusedException {
        if (flags.isEmpty()) {
            return PhoneNames.NONE;
        }
        if (flags.equals(List.of("stationary", "automotive"))) {
            return PhoneNames.STOPPED_WHILE_IN_VEHICLE;
        }
        Integer only = PhoneNames.IOS_FLAGS.get(flags.getFirst());
        if (flags.size() > 1 || only == null) {
            throw new RefusedException(
                    new Refusal(Reason.AMBIGUOUS_ACTIVITY, String.join(" and ", flags) + " are set in one activity"));
        }
        return only;
    }

    private static BsonDocument transition(BsonDocument phone) throws RefusedException {
        BsonDocument data = new BsonDocument();
        data.put("curr_state", new BsonInt32(PhoneNames.state(Fields.string(phone, "currState", "data."))));
        BsonValue name = phone.get("transition");
        data.put(
                "transition",
                name == null || name.isNull()
                        ? BsonNull.VALUE
                        : new BsonInt32(PhoneNames.transition(Fields.string(phone, "transition", "data."))));
        return data;
    }

    /** Adds {@code ts} where the phone left it out, and the local form of every time stamp. */
    static void addTimes(String key, BsonDocument metadata, BsonDocument data, String zone) throws RefusedException {
        boolean label = data.get("start_ts") instanceof BsonNumber || data.get("end_ts") instanceof BsonNumber;
        if (!data.containsKey("ts") && !label) {
            data.put("ts", metadata.get("write_ts"));
        }
        addTime(data, "ts", "local_dt", "fmt_time", zone);
        if (label && key.startsWith("manual/")) {
            addTime(data, "start_ts", "start_local_dt", "start_fmt_time", zone);
            addTime(data, "end_ts", "end_local_dt", "end_fmt_time", zone);
        }
    }

    private static void addTime(BsonDocument data, String ts, String localDt, String fmtTime, String zone)
            throws RefusedException {
        if (data.get(ts) instanceof BsonNumber) {
            LocalMoment moment = LongTermFormat.moment(Fields.timestamp(data, ts, "data."), zone);
            data.put(localDt, moment.components());
            data.put(fmtTime, new BsonString(moment.formatted()));
        }
    }
}
