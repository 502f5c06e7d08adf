package dev.croft.mobility.pipeline;

import dev.croft.mobility.entry.LocalMoment;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of the pipeline from entries in e-mission's long-term format. Entries of other kinds, entries that
 * carry {@code invalid}, and entries without the fields their kind needs are passed over.
 */
public final class RecordReader {
    /** The keys of the entries that the pipeline reads. */
    public static final List<String> SENSED_KEYS = List.of(
            "background/location",
            "background/filtered_location",
            "background/motion_activity",
            "statemachine/transition");

    /** The keys of the labels and answers that the pipeline matches. */
    public static final List<String> INPUT_KEYS = List.of(
            "manual/mode_confirm",
            "manual/purpose_confirm",
            "manual/replaced_mode",
            "manual/trip_user_input",
            "manual/place_user_input",
            "manual/trip_addition_input",
            "manual/place_addition_input");

    /** Stands for a state or transition that the phone did not name; that something happened still counts. */
    private static final int NO_CODE = -1;

    private final List<LocationPoint> locations = new ArrayList<>();
    private final List<LocationPoint> filtered = new ArrayList<>();
    private final List<MotionActivity> motions = new ArrayList<>();
    private final List<Transition> transitions = new ArrayList<>();
    private final List<UserInput> inputs = new ArrayList<>();

    private final Map<String, String> zones = new HashMap<>();

    private RecordReader() {}

    /** The records among these entries. */
    public static PipelineInput read(Iterable<BsonDocument> entries) {
        RecordReader reader = new RecordReader();
        for (BsonDocument entry : entries) {
            reader.add(entry);
        }
        return new PipelineInput(reader.locations, reader.filtered, reader.motions, reader.transitions, reader.inputs);
    }

    private void add(BsonDocument entry) {
        BsonDocument metadata = document(entry, "metadata");
        BsonDocument data = document(entry, "data");
        if (metadata == null || data == null || entry.containsKey("invalid")) {
            return;
        }
        String key = text(metadata, "key");
        double writeTs = number(metadata, "write_ts");
        if (key == null || Double.isNaN(writeTs)) {
            return;
        }
        String id = id(entry.get("_id"));
        double ts = number(data, "ts");
        switch (key) {
            case "background/location" -> addPoint(locations, id, writeTs, ts, metadata, data);
            case "background/filtered_location" -> addPoint(filtered, id, writeTs, ts, metadata, data);
            case "background/motion_activity" -> {
                double type = number(data, "type");
                double confidence = number(data, "confidence");
                if (!Double.isNaN(type) && !Double.isNaN(confidence)) {
                    motions.add(new MotionActivity(
                            id, writeTs, Double.isNaN(ts) ? writeTs : ts, MotionType.ofCode((int) type), confidence));
                }
            }
            case "statemachine/transition" -> {
                double state = number(data, "curr_state");
                double transition = number(data, "transition");
                transitions.add(new Transition(
                        id,
                        writeTs,
                        Double.isNaN(ts) ? writeTs : ts,
                        Double.isNaN(state) ? NO_CODE : (int) state,
                        Double.isNaN(transition) ? NO_CODE : (int) transition));
            }
            default -> {
                double start = number(data, "start_ts");
                if (INPUT_KEYS.contains(key) && !Double.isNaN(start)) {
                    inputs.add(new UserInput(
                            id,
                            key,
                            writeTs,
                            start,
                            number(data, "end_ts"),
                            text(data, "match_id"),
                            text(data, "status"),
                            entry));
                }
            }
        }
    }

    private void addPoint(
            List<LocationPoint> to, String id, double writeTs, double ts, BsonDocument metadata, BsonDocument data) {
        double latitude = number(data, "latitude");
        double longitude = number(data, "longitude");
        if (Double.isNaN(ts) || Double.isNaN(latitude) || Double.isNaN(longitude)) {
            return;
        }
        double altitude = number(data, "altitude");
        double heading = number(data, "heading");
        to.add(new LocationPoint(
                id,
                writeTs,
                ts,
                latitude,
                longitude,
                Double.isFinite(altitude) ? altitude : 0,
                number(data, "accuracy"),
                number(data, "sensed_speed"),
                Double.isNaN(heading) ? number(data, "bearing") : heading,
                filter(metadata, data),
                zone(metadata, data)));
    }

    private static TrackFilter filter(BsonDocument metadata, BsonDocument data) {
        TrackFilter filter = TrackFilter.ofLabel(text(data, "filter"));
        if (filter == null) {
            filter = TrackFilter.ofLabel(text(metadata, "filter"));
        }
        if (filter == null) {
            filter = "ios".equals(text(metadata, "platform")) ? TrackFilter.DISTANCE : TrackFilter.TIME;
        }
        return filter;
    }

    private String zone(BsonDocument metadata, BsonDocument data) {
        BsonDocument local = document(data, "local_dt");
        String zone = local == null ? null : text(local, "timezone");
        if (zone == null) {
            zone = text(metadata, "time_zone");
        }
        return zone == null ? LocalMoment.DEFAULT_ZONE : zones.computeIfAbsent(zone, RecordReader::known);
    }

    private static String known(String zone) {
        try {
            return ZoneId.of(zone).getId();
        } catch (DateTimeException e) {
            return LocalMoment.DEFAULT_ZONE;
        }
    }

    static String id(@Nullable BsonValue id) {
        if (id == null) {
            return "";
        }
        return switch (id.getBsonType()) {
            case OBJECT_ID -> id.asObjectId().getValue().toHexString();
            case STRING -> id.asString().getValue();
            default -> id.toString();
        };
    }

    static @Nullable BsonDocument document(BsonDocument in, String field) {
        BsonValue value = in.get(field);
        return value != null && value.isDocument() ? value.asDocument() : null;
    }

    static @Nullable String text(BsonDocument in, String field) {
        BsonValue value = in.get(field);
        return value != null && value.isString() ? value.asString().getValue() : null;
    }

    static double number(BsonDocument in, String field) {
        BsonValue value = in.get(field);
        return value != null && value.isNumber() ? value.asNumber().doubleValue() : Double.NaN;
    }
}
