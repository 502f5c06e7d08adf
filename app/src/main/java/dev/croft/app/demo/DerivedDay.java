package dev.croft.app.demo;

import dev.croft.mobility.pipeline.MotionType;
import dev.croft.mobility.pipeline.PredictedMode;
import dev.croft.vault.api.CloudClient;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonNull;
import org.bson.BsonString;
import org.bson.BsonValue;

/**
 * What a private cloud's collection {@code analysis} holds, trip by trip with sections and stops, and places: the shape in which the
 * e-mission server's results are recorded and {@code croft mobility run --json} prints its own.
 */
final class DerivedDay {
    /** The keys that {@code counts} counts. */
    static final List<String> COUNTED = List.of(
            "analysis/cleaned_place",
            "analysis/cleaned_section",
            "analysis/cleaned_stop",
            "analysis/cleaned_trip",
            "analysis/cleaned_untracked",
            "analysis/inferred_section",
            "analysis/recreated_location",
            "segmentation/raw_place",
            "segmentation/raw_section",
            "segmentation/raw_stop",
            "segmentation/raw_trip",
            "segmentation/raw_untracked");

    private final Map<String, List<BsonDocument>> byKey = new HashMap<>();

    private DerivedDay(List<BsonDocument> documents) {
        for (BsonDocument document : documents) {
            byKey.computeIfAbsent(
                            document.getDocument("metadata").getString("key").getValue(), _ -> new ArrayList<>())
                    .add(document);
        }
    }

    /** As its owner reads it. */
    static BsonDocument read(CloudClient cloud) {
        return new DerivedDay(cloud.findAll("analysis", new BsonDocument())).day();
    }

    private BsonDocument day() {
        List<BsonDocument> places = sorted("analysis/cleaned_place", "exit_ts");
        places.sort(Comparator.comparingDouble(place -> order(place.getDocument("data"))));
        Map<BsonValue, Integer> placeIndex = new HashMap<>();
        BsonArray placesOut = new BsonArray();
        for (BsonDocument place : places) {
            placeIndex.put(place.get("_id"), placeIndex.size());
            BsonDocument data = place.getDocument("data");
            placesOut.add(new BsonDocument("enter_ts", data.get("enter_ts", BsonNull.VALUE))
                    .append("exit_ts", data.get("exit_ts", BsonNull.VALUE))
                    .append("loc", coordinates(data, "location"))
                    .append("duration_s", data.get("duration", BsonNull.VALUE)));
        }
        BsonArray trips = new BsonArray();
        for (BsonDocument trip : sorted("analysis/cleaned_trip", "start_ts")) {
            trips.add(trip(trip, placeIndex));
        }
        BsonArray untracked = new BsonArray();
        for (BsonDocument gap : sorted("analysis/cleaned_untracked", "start_ts")) {
            untracked.add(movement(gap.getDocument("data")));
        }
        return new BsonDocument("trips", trips)
                .append("places", placesOut)
                .append("untracked", untracked)
                .append("counts", counts());
    }

    /** How many documents there are of each of e-mission's keys that a person sees. */
    private BsonDocument counts() {
        BsonDocument counts = new BsonDocument();
        for (String key : COUNTED) {
            int count = byKey.getOrDefault(key, List.of()).size();
            if (count > 0) {
                counts.append(key, new BsonInt32(count));
            }
        }
        return counts;
    }

    private BsonDocument trip(BsonDocument trip, Map<BsonValue, Integer> placeIndex) {
        BsonDocument data = trip.getDocument("data");
        BsonArray sections = new BsonArray();
        for (BsonDocument section : partsOf(trip, "analysis/cleaned_section", "start_ts")) {
            BsonDocument its = section.getDocument("data");
            BsonValue id = section.get("_id");
            BsonDocument inferred = byKey.getOrDefault("analysis/inferred_section", List.of()).stream()
                    .map(document -> document.getDocument("data"))
                    .filter(document -> Objects.equals(document.get("cleaned_section"), id))
                    .findFirst()
                    .orElseThrow();
            long points = byKey.getOrDefault("analysis/recreated_location", List.of()).stream()
                    .filter(point -> Objects.equals(point.getDocument("data").get("section"), id))
                    .count();
            sections.add(movement(its)
                    .append("sensed_mode", new BsonString(sensed(its)))
                    .append("inferred_mode", new BsonString(inferred(inferred)))
                    .append("points", new BsonInt32((int) points))
                    .append("source", its.get("source")));
        }
        BsonArray stops = new BsonArray();
        for (BsonDocument stop : partsOf(trip, "analysis/cleaned_stop", "enter_ts")) {
            BsonDocument its = stop.getDocument("data");
            stops.add(new BsonDocument("enter_ts", its.get("enter_ts"))
                    .append("exit_ts", its.get("exit_ts"))
                    .append("loc", coordinates(its, "enter_loc")));
        }
        return movement(data)
                .append("start", data.get("start_fmt_time"))
                .append("end", data.get("end_fmt_time"))
                .append("start_place", new BsonInt32(Objects.requireNonNull(placeIndex.get(data.get("start_place")))))
                .append("end_place", new BsonInt32(Objects.requireNonNull(placeIndex.get(data.get("end_place")))))
                .append("sections", sections)
                .append("stops", stops);
    }

    private static BsonDocument movement(BsonDocument data) {
        return new BsonDocument("start_ts", data.get("start_ts"))
                .append("end_ts", data.get("end_ts"))
                .append("start_loc", coordinates(data, "start_loc"))
                .append("end_loc", coordinates(data, "end_loc"))
                .append("distance_m", data.get("distance"))
                .append("duration_s", data.get("duration"));
    }

    private static BsonArray coordinates(BsonDocument data, String field) {
        return data.getDocument(field).getArray("coordinates");
    }

    private static String sensed(BsonDocument section) {
        int code = section.getNumber("sensed_mode").intValue();
        return Arrays.stream(MotionType.values())
                .filter(mode -> mode.code() == code)
                .findFirst()
                .orElseThrow()
                .name();
    }

    private static String inferred(BsonDocument section) {
        int code = section.getNumber("sensed_mode").intValue();
        return Arrays.stream(PredictedMode.values())
                .filter(mode -> mode.code() == code)
                .findFirst()
                .orElseThrow()
                .name();
    }

    private List<BsonDocument> partsOf(BsonDocument trip, String key, String by) {
        return sorted(key, by).stream()
                .filter(part -> Objects.equals(part.getDocument("data").get("trip_id"), trip.get("_id")))
                .toList();
    }

    private List<BsonDocument> sorted(String key, String by) {
        List<BsonDocument> documents = new ArrayList<>(byKey.getOrDefault(key, List.of()));
        documents.sort(Comparator.comparingDouble(document -> ts(document.getDocument("data"), by)));
        return documents;
    }

    private static double order(BsonDocument place) {
        return place.containsKey("enter_ts") ? ts(place, "enter_ts") : Double.NEGATIVE_INFINITY;
    }

    private static double ts(BsonDocument data, String field) {
        return data.containsKey(field) ? data.getNumber(field).doubleValue() : Double.POSITIVE_INFINITY;
    }
}
