package dev.croft.mobility.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example in another language keeps the same contract. */
class PythonServiceTest {
    private static final Path SERVICE = Path.of("..", "examples", "services", "stay-time", "bin", "stay-time")
            .toAbsolutePath()
            .normalize();

    @TempDir
    Path folder;

    private record Ended(int status, String text) {}

    private static Ended run(FakeDoor door) throws IOException, InterruptedException {
        Process process;
        try {
            ProcessBuilder builder = new ProcessBuilder("python3", SERVICE.toString()).redirectErrorStream(true);
            builder.environment().put("CROFT_DOOR", door.launch.door().toString());
            process = builder.start();
        } catch (IOException e) {
            assumeTrue(false, "there is no python3 here");
            throw e;
        }
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), text);
    }

    @Test
    void thePythonExampleReadsPagesAndLeavesItsResult() throws Exception {
        try (FakeDoor door = new FakeDoor(folder.resolve("p"), BsonDocument.parse("{shortest_seconds: 50}"))) {
            for (int i = 0; i < 1000; i++) {
                BsonDocument place = BsonDocument.parse(
                        "{_id: %d, metadata: {key: 'analysis/cleaned_place'}, data: {enter_ts: 1000, exit_ts: %d}}"
                                .formatted(i, 1000 + i));
                door.collection("analysis").put(place.get("_id"), place);
            }
            assertThat(run(door)).isEqualTo(new Ended(0, "950 stays\n"));
            assertThat(BsonDocument.parse(
                            Files.readString(door.launch.directory().resolve("output/stay-time.json"))))
                    .containsEntry("longest_seconds", new BsonInt32(999));
        }
    }

    @Test
    void thePythonExampleSaysInOneLineThatItWasRefused() throws Exception {
        try (FakeDoor door = new FakeDoor(folder.resolve("q"), new BsonDocument())) {
            Files.writeString(door.launch.directory().resolve("token"), "guess");
            Ended ended = run(door);
            assertThat(ended.status()).isNotZero();
            assertThat(ended.text().lines().toList())
                    .isEqualTo(List.of("the door refused: 401 https://croft.dev/problems/unauthenticated"));
        }
    }
}
