package dev.croft.app.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The demonstration on a real Docker engine, as its user runs it. */
class DockerDemoIT {
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

    private String run(String... command) throws IOException, InterruptedException {
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

    private JsonNode demo(String backend) throws IOException, InterruptedException {
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

    @Test
    @Timeout(600)
    void containersGiveTheSameAnswersAsProcessesAndNoneIsLeft() throws Exception {
        assumeTrue(Boolean.getBoolean("croft.docker"), "Docker is not asked for: run with -Pdocker");
        JsonNode docker = demo("docker");
        assertThat(derived(docker)).hasSize(5).isEqualTo(derived(demo("process")));
        assertThat(docker.get("count").get("low").isIntegralNumber()).isTrue();
        assertThat(docker.get("epsilon_left"))
                .allSatisfy(left -> assertThat(left.asDouble()).isEqualTo(0.5));
        String mine = run("docker", "ps", "--all", "--no-trunc", "--format", "{{.Mounts}}");
        assertThat(mine).doesNotContain(folder.toString());
    }
}
