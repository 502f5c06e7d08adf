package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.parallel.ResourceLock;

/** On a real Docker engine: a container of the same name and image that runs something else, as root and with a network. */
@ResourceLock("installation")
class DockerDeviationIT extends DeviationSuite {
    @BeforeAll
    static void asked() {
        assumeTrue(Boolean.getBoolean("croft.docker"), "Docker is not asked for: run with -Pdocker");
    }

    @Override
    String backend() {
        return "docker";
    }

    private static String docker(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("docker"));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
        return printed.strip();
    }

    private static String container(String launch) throws IOException, InterruptedException {
        return docker(List.of("ps", "--no-trunc", "--quiet", "--filter", "name=svc-" + launch));
    }

    @Override
    void replace(UpProcess croft, String launch) throws Exception {
        String id = container(launch);
        JsonNode was =
                new ObjectMapper().readTree(docker(List.of("inspect", id))).get(0);
        docker(List.of("rm", "--force", id));
        List<String> run = new ArrayList<>(List.of(
                "run",
                "--detach",
                "--name",
                was.path("Name").asText().substring(1),
                "--entrypoint",
                "/opt/java/bin/java"));
        was.path("Config").path("Labels").properties().forEach(label -> {
            run.add("--label");
            run.add(label.getKey() + "=" + label.getValue().asText());
        });
        was.path("Mounts").forEach(mount -> {
            run.add("--volume");
            run.add(mount.path("Source").asText() + ":"
                    + mount.path("Destination").asText());
        });
        run.add(was.path("Image").asText());
        run.addAll(List.of("-cp", "/app", HostileService.class.getName()));
        docker(run);
    }

    @Override
    boolean runs(UpProcess croft, String launch) throws Exception {
        return !container(launch).isEmpty();
    }
}
