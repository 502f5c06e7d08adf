package dev.croft.app.example;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingPodTest {
    @TempDir
    Path folder;

    @Test
    void itReportsWhatItConsumedAndThatIsLessThanItClaimed() throws Exception {
        Path report = folder.resolve("termination-log");
        TrainingPod.train("rides/people", 0.85, report);
        assertThat(Files.size(report)).isLessThan(4096);
        JsonNode orders = new ObjectMapper().readTree(report.toFile()).at("/rides~1people/renyi");
        assertThat(orders.size()).isEqualTo(Training.ORDERS.size());
        int eight = Training.ORDERS.indexOf(8);
        double used = orders.get(eight).get("epsilon").asDouble();
        assertThat(used)
                .isGreaterThan(Training.demand().at(eight) / 13)
                .isLessThan(Training.demand().at(eight));
    }
}
