package dev.croft.mobility.pipeline;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.mobility.SharedData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every day of real data gives what the e-mission server computed for it. Skipped where the data are absent. */
class GoldenDaysTest {
    private static final Set<String> OURS = Set.of("input", "trips", "places", "untracked", "raw");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gabe_2016-06-15",
                "iphone_2016-02-22",
                "shankari_2015-aug-27",
                "shankari_2016-06-20",
                "shankari_2016-08-10",
                "sunil_2016-07-27"
            })
    void theDayIsSegmentedAsTheReferenceDoes(String day) throws IOException {
        Path folder = SharedData.mobility();
        MobilityRun.Outcome outcome =
                MobilityRun.run(List.of(folder.resolve(day + ".json.gz")), PipelineOptions.DEFAULT);
        assertThat(outcome.refused()).isEmpty();

        ByteArrayOutputStream json = new ByteArrayOutputStream();
        PipelineJson.write(outcome, json);
        BsonDocument expected = parse(Files.readString(folder.resolve("expected/" + day + ".json")));
        expected.keySet().retainAll(OURS);
        BsonDocument actual = parse(json.toString(StandardCharsets.UTF_8));
        actual.keySet().retainAll(OURS);
        assertThat(differences(expected, actual)).isEmpty();

        ByteArrayOutputStream points = new ByteArrayOutputStream();
        PipelineJson.writePoints(outcome.result(), points);
        assertThat(differences(
                        parse(Files.readString(folder.resolve("expected/" + day + ".points.json")))
                                .getArray("sections"),
                        parse(points.toString(StandardCharsets.UTF_8)).getArray("sections")))
                .isEmpty();
    }

    static BsonDocument parse(String json) {
        return BsonDocument.parse(json);
    }

    /** What differs, by path: numbers by more than the tolerance of their kind, anything else at all. */
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
            left.forEach(
                    (name, value) -> compare(path + "/" + name, value, requireNonNull(right.get(name)), differences));
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

    private static double tolerance(String path) {
        if (path.contains("loc/") || path.matches(".*/[12]")) {
            return 1e-7 + 1e-12;
        }
        return path.endsWith("distance_m") ? 0.01 : 0.001 + 1e-6;
    }
}
