package dev.croft.app.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonValue;

/** A day as the e-mission server derived it, in {@code expected/<day>.json}, to compare a {@link DerivedDay} with. */
final class ExpectedDay {
    private ExpectedDay() {}

    /** The parts of the file that {@link DerivedDay#read} gives. */
    static BsonDocument of(BsonDocument file) {
        BsonDocument counts = file.getDocument("analysis_entry_counts").clone();
        counts.keySet().retainAll(DerivedDay.COUNTED);
        return new BsonDocument("trips", file.get("trips"))
                .append("places", file.get("places"))
                .append("untracked", file.get("untracked"))
                .append("counts", counts);
    }

    /** What differs, by path: times by more than 1 ms, coordinates than 1e-7 degrees, distances than 1 cm, anything else at all. */
    static List<String> differences(BsonValue expected, BsonValue actual) {
        List<String> differences = new ArrayList<>();
        compare("", expected, actual, differences);
        return differences;
    }

    private static void compare(String path, BsonValue expected, BsonValue actual, List<String> differences) {
        if (expected instanceof BsonDocument left && actual instanceof BsonDocument right) {
            if (!left.keySet().equals(right.keySet())) {
                differences.add(path + " has " + right.keySet() + " instead of " + left.keySet());
                return;
            }
            left.forEach((name, value) ->
                    compare(path + "/" + name, value, Objects.requireNonNull(right.get(name)), differences));
        } else if (expected instanceof BsonArray left && actual instanceof BsonArray right) {
            if (left.size() != right.size()) {
                differences.add(path + " has " + right.size() + " instead of " + left.size());
            }
            for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
                compare(path + "/" + i, left.get(i), right.get(i), differences);
            }
        } else if (expected.isNumber() && actual.isNumber()) {
            double distance = Math.abs(
                    expected.asNumber().doubleValue() - actual.asNumber().doubleValue());
            if (!(distance <= tolerance(path))) {
                differences.add(path + " is " + actual + " instead of " + expected);
            }
        } else if (!expected.equals(actual)) {
            differences.add(path + " is " + actual + " instead of " + expected);
        }
    }

    /** The expected values are rounded to the last digit that counts, so half a digit more is theirs. */
    private static double tolerance(String path) {
        if (path.contains("loc/")) {
            return 1e-7 + 1e-12;
        }
        if (path.endsWith("distance_m")) {
            return 0.01;
        }
        return path.endsWith("_ts") || path.endsWith("_s") ? 0.001 + 1e-6 : 0;
    }
}
