package dev.croft.mobility.entry;

import java.util.Map;
import java.util.Objects;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonNull;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * The way back: a long-term entry as its phone would have sent it. {@link LongTermFormat} turns the result into an equal
 * entry again. Pure functions.
 */
public final class PhoneFormat {
    private PhoneFormat() {}

    /**
     * The phone's form of an entry. An entry with a code that phones have no name for stays in its long-term form, which
     * readers of either form accept.
     */
    public static BsonDocument of(BsonDocument longTerm) {
        if (EntryFormat.of(longTerm) == EntryFormat.PHONE) {
            return longTerm.clone();
        }
        BsonDocument metadata = longTerm.getDocument("metadata").clone();
        metadata.remove("write_local_dt");
        metadata.remove("write_fmt_time");
        BsonValue key = metadata.get("key");
        BsonDocument data = data(
                key instanceof BsonString name ? name.getValue() : "",
                PhoneData.ios(metadata),
                longTerm.getDocument("data").clone());
        if (data == null) {
            return longTerm.clone();
        }
        if (!isLocation(key) && Objects.equals(metadata.get("write_ts"), data.get("ts"))) {
            data.remove("ts");
        }
        BsonDocument phone = longTerm.clone();
        phone.put("metadata", metadata);
        phone.put("data", data);
        return phone;
    }

    private static boolean isLocation(@Nullable BsonValue key) {
        return key instanceof BsonString name
                && (name.getValue().equals(EntryKey.LOCATION) || name.getValue().equals(EntryKey.FILTERED_LOCATION));
    }

    private static @Nullable BsonDocument data(String key, boolean ios, BsonDocument data) {
        for (String derived :
                new String[] {"local_dt", "fmt_time", "start_local_dt", "start_fmt_time", "end_local_dt", "end_fmt_time"
                }) {
            data.remove(derived);
        }
        return switch (key) {
            case EntryKey.LOCATION, EntryKey.FILTERED_LOCATION -> location(data);
            case EntryKey.MOTION_ACTIVITY -> ios ? iosActivity(data) : androidActivity(data);
            case EntryKey.TRANSITION -> transition(data, ios);
            default -> data;
        };
    }

    private static BsonDocument location(BsonDocument data) {
        data.remove("loc");
        BsonValue heading = data.remove("heading");
        if (heading != null) {
            data.put("bearing", heading);
        }
        return data;
    }

    private static BsonDocument androidActivity(BsonDocument data) {
        BsonDocument phone = new BsonDocument("zzbhB", data.get("type")).append("zzbhC", data.get("confidence"));
        return data.containsKey("ts") ? phone.append("ts", data.get("ts")) : phone;
    }

    private static @Nullable BsonDocument iosActivity(BsonDocument data) {
        int type = data.getNumber("type").intValue();
        data.remove("type");
        boolean named = type == PhoneNames.NONE || type == PhoneNames.STOPPED_WHILE_IN_VEHICLE;
        for (Map.Entry<String, Integer> flag : PhoneNames.IOS_FLAGS.entrySet()) {
            boolean set = flag.getValue() == type
                    || (type == PhoneNames.STOPPED_WHILE_IN_VEHICLE
                            && (flag.getKey().equals("stationary")
                                    || flag.getKey().equals("automotive")));
            named |= set;
            data.put(flag.getKey(), BsonBoolean.valueOf(set));
        }
        BsonValue level = data.remove("confidence_level");
        if (level == null) {
            String name = PhoneNames.name(data.getNumber("confidence").intValue(), PhoneNames.IOS_CONFIDENCE);
            level = name == null ? null : new BsonString(name);
        }
        if (level == null || !named) {
            return null;
        }
        data.put("confidence", level);
        return data;
    }

    private static @Nullable BsonDocument transition(BsonDocument data, boolean ios) {
        String state = PhoneNames.stateName(data.getNumber("curr_state").intValue(), ios);
        BsonValue code = data.get("transition");
        BsonValue name = BsonNull.VALUE;
        if (code != null && !code.isNull()) {
            String text = PhoneNames.transitionName(code.asNumber().intValue(), ios);
            if (text == null) {
                return null;
            }
            name = new BsonString(text);
        }
        if (state == null) {
            return null;
        }
        data.remove("curr_state");
        data.put("currState", new BsonString(state));
        data.put("transition", name);
        return data;
    }
}
