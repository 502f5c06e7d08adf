package dev.croft.mobility.entry;

import dev.croft.mobility.entry.Refusal.Reason;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The names and obfuscated fields that phones use, and their codes in the long-term form. */
final class PhoneNames {
    /** Field names of an Android activity's type and confidence: each release's obfuscation renamed them. */
    static final List<ActivityFields> ANDROID_ACTIVITY = List.of(
            new ActivityFields("agb", "agc"),
            new ActivityFields("zzaEg", "zzaEh"),
            new ActivityFields("zzbjA", "zzbjB"),
            new ActivityFields("ajO", "ajP"),
            new ActivityFields("zzaKM", "zzaKN"),
            new ActivityFields("zzbhB", "zzbhC"),
            new ActivityFields("type", "confidence"));

    /** Flags of an iOS activity and the code each stands for. */
    static final Map<String, Integer> IOS_FLAGS = ordered(
            Map.entry("stationary", 3),
            Map.entry("walking", 7),
            Map.entry("running", 8),
            Map.entry("cycling", 1),
            Map.entry("automotive", 0),
            Map.entry("unknown", 4));

    static final int NONE = 9;
    static final int STOPPED_WHILE_IN_VEHICLE = 10;
    static final Map<String, Integer> IOS_CONFIDENCE =
            ordered(Map.entry("high", 100), Map.entry("medium", 75), Map.entry("low", 50));

    private static final Map<String, Integer> ANDROID_STATES = ordered(
            Map.entry("local.state.start", 0),
            Map.entry("local.state.waiting_for_trip_start", 1),
            Map.entry("local.state.ongoing_trip", 2),
            Map.entry("local.state.tracking_stopped", 3),
            Map.entry("unknown", 3));
    private static final Map<String, Integer> IOS_STATES = ordered(
            Map.entry("STATE_START", 0),
            Map.entry("STATE_WAITING_FOR_TRIP_START", 1),
            Map.entry("STATE_ONGOING_TRIP", 2),
            Map.entry("STATE_TRACKING_STOPPED", 3));
    private static final Map<String, Integer> ANDROID_TRANSITIONS = ordered(
            Map.entry("local.transition.initialize", 0),
            Map.entry("local.transition.exited_geofence", 1),
            Map.entry("local.transition.stopped_moving", 2),
            Map.entry("local.transition.stop_tracking", 3),
            Map.entry("booted", 4),
            Map.entry("local.transition.start_tracking", 17),
            Map.entry("local.transition.tracking_error", 18),
            Map.entry("local.transition.ble_beacon_found", 18),
            Map.entry("local.transition.ble_beacon_lost", 19));
    private static final Map<String, Integer> IOS_TRANSITIONS = ordered(
            Map.entry("T_INITIALIZE", 0),
            Map.entry("T_EXITED_GEOFENCE", 1),
            Map.entry("T_TRIP_ENDED", 2),
            Map.entry("T_FORCE_STOP_TRACKING", 3),
            Map.entry("booted", 4),
            Map.entry("T_INIT_COMPLETE", 5),
            Map.entry("T_TRIP_STARTED", 6),
            Map.entry("T_RECEIVED_SILENT_PUSH", 7),
            Map.entry("T_TRIP_END_DETECTED", 8),
            Map.entry("T_TRIP_RESTARTED", 9),
            Map.entry("T_END_TRIP_TRACKING", 10),
            Map.entry("T_TRACKING_STOPPED", 11),
            Map.entry("T_NOP", 12),
            Map.entry("T_VISIT_STARTED", 13),
            Map.entry("T_VISIT_ENDED", 14),
            Map.entry("T_DATA_PUSHED", 16),
            Map.entry("T_START_TRACKING", 17),
            Map.entry("T_BLE_BEACON_FOUND", 18),
            Map.entry("T_BLE_BEACON_LOST", 19));

    private PhoneNames() {}

    record ActivityFields(String type, String confidence) {}

    static int state(String name) throws RefusedException {
        return code("data.currState", name, ANDROID_STATES, IOS_STATES);
    }

    static int transition(String name) throws RefusedException {
        return code("data.transition", name, ANDROID_TRANSITIONS, IOS_TRANSITIONS);
    }

    static @Nullable String stateName(int code, boolean ios) {
        return name(code, ios ? IOS_STATES : ANDROID_STATES);
    }

    static @Nullable String transitionName(int code, boolean ios) {
        String own = name(code, ios ? IOS_TRANSITIONS : ANDROID_TRANSITIONS);
        return own != null ? own : name(code, ios ? ANDROID_TRANSITIONS : IOS_TRANSITIONS);
    }

    static @Nullable String name(int code, Map<String, Integer> names) {
        for (Map.Entry<String, Integer> entry : names.entrySet()) {
            if (entry.getValue() == code) {
                return entry.getKey();
            }
        }
        return null;
    }

    private static int code(String field, String name, Map<String, Integer> android, Map<String, Integer> ios)
            throws RefusedException {
        Integer code = android.get(name);
        if (code == null) {
            code = ios.get(name);
        }
        if (code == null) {
            throw new RefusedException(new Refusal(Reason.UNKNOWN_NAME, field + " has a name that is not known"));
        }
        return code;
    }

    @SafeVarargs
    private static Map<String, Integer> ordered(Map.Entry<String, Integer>... entries) {
        Map<String, Integer> map = new LinkedHashMap<>();
        for (Map.Entry<String, Integer> entry : entries) {
            map.put(entry.getKey(), entry.getValue());
        }
        return Collections.unmodifiableMap(map);
    }
}
