package dev.croft.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;

/** The demonstration on a backend, as its user runs it. */
abstract class BackendDemo {
    @TempDir
    Path folder;

    private static Path root() {
        for (Path here = Path.of("").toAbsolutePath(); here != null; here = here.getParent()) {
            if (Files.exists(here.resolve("croft"))) {
                return here;
            }
        }
        throw new IllegalStateException("not within the repository");
    }

    String run(String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().put("CROFT_BUILD", "never");
        Path errors = Files.createTempFile(folder, "errors", "");
        Process process = builder.redirectError(errors.toFile()).start();
        String printed;
        try (InputStream out = process.getInputStream()) {
            printed = new String(out.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as("%s", Files.readString(errors)).isZero();
        return printed;
    }

    JsonNode demo(String backend) throws IOException, InterruptedException {
        return new ObjectMapper()
                .readTree(run(
                        root().resolve("croft").toString(),
                        "demo",
                        "--backend",
                        backend,
                        "--people",
                        "5",
                        "--days",
                        "1",
                        "--json",
                        "--home",
                        folder.resolve(backend).toString()));
    }

    /** The same answers as the process backend gives, of which the count across people is noisy. */
    void givesTheSameAnswersAsProcesses(String backend) throws IOException, InterruptedException {
        JsonNode demo = demo(backend);
        assertThat(derived(demo)).hasSize(5).isEqualTo(derived(demo("process")));
        assertThat(demo.get("count").get("low").isIntegralNumber()).isTrue();
        assertThat(demo.get("epsilon_left"))
                .allSatisfy(left -> assertThat(left.asDouble()).isEqualTo(0.5));
    }

    private static List<String> derived(JsonNode demo) {
        List<String> derived = new ArrayList<>();
        for (JsonNode person : demo.get("people")) {
            derived.add(List.of(
                            person.get("person"),
                            person.get("entries"),
                            person.get("trips"),
                            person.get("sections"),
                            person.get("places"))
                    .toString());
        }
        return derived;
    }
}
