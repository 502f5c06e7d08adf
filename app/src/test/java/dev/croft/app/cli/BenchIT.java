package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchIT {
    @TempDir
    Path folder;

    /** It starts hosts as processes. */
    @Test
    void aHostOfSleepingPrivateCloudsIsMeasuredBesideBaselinesAndNothingIsLeft() throws IOException {
        CroftTest.Run run = CroftTest.croft("bench", "clouds", "--seconds", "1", "--dir", folder.toString(), "--json");
        assertThat(run.status()).as(run.err()).isZero();
        List<String> names = new ArrayList<>();
        for (JsonNode measure : new ObjectMapper().readTree(run.out()).get("measures")) {
            names.add(measure.get("name").asText());
            if (!measure.get("baseline").isNull()) {
                assertThat(measure.get("value").asDouble())
                        .as(measure.toString())
                        .isPositive();
                assertThat(measure.get("baselineValue").asDouble())
                        .as(measure.toString())
                        .isPositive();
            }
        }
        assertThat(names)
                .contains("heap per sleeping private cloud, of 10", "count over 10 sleeping private clouds")
                .contains("wake-up in the shared host, median", "wake-ups, 8 requests at once, 10 asleep")
                .anySatisfy(name -> assertThat(name).startsWith("own process until awake"));
        assertThat(folder).isEmptyDirectory();
    }
}
