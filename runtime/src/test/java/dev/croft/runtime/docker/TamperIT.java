package dev.croft.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.croft.runtime.HealthCheck;
import dev.croft.runtime.Limits;
import dev.croft.runtime.Program;
import dev.croft.runtime.Quarters;
import dev.croft.runtime.TestFiles;
import dev.croft.runtime.TestImage;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.WorkloadStatus;
import dev.croft.runtime.image.ImageBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Somebody between the router and its engine, or at the engine, starts something else; asked for with {@code -Pdocker}. */
class TamperIT {
    private static final Path SOCKET = DockerRuntime.Options.DEFAULT.socket();
    private static final Duration SOON = Duration.ofSeconds(60);

    private final Engine engine = new Engine(SOCKET);
    private Path temporary;
    private Program.Image image;

    @BeforeEach
    void load() throws Exception {
        assumeTrue(TestImage.wanted("docker"), "Docker is not asked for: run with -Pdocker");
        temporary = Files.createTempDirectory("croft");
        image = TestImage.write(temporary.resolve("image.tar"));
        engine.load(temporary.resolve("image.tar"));
        Files.writeString(temporary.resolve("extra"), "x");
    }

    @AfterEach
    void delete() throws IOException {
        TestFiles.delete(temporary);
    }

    private static WorkloadSpec spec(Program.Image image) {
        return WorkloadSpec.of(WorkloadId.random("tamper"), TestImage.script(image, "exec sleep 600"))
                .withHealth(HealthCheck.atStart());
    }

    private void deviates(String name, String word, UnaryOperator<ObjectNode> change) throws IOException {
        Path socket = temporary.resolve(name + ".sock");
        Path state = temporary.resolve(name);
        try (Meddler meddler = new Meddler(socket, SOCKET, change);
                DockerRuntime runtime = DockerRuntime.open(
                        state, new DockerRuntime.Options(socket, Optional.empty(), Quarters.ANYHOW, false))) {
            WorkloadSpec spec = spec(image);
            WorkloadException.Deviates found =
                    catchThrowableOfType(WorkloadException.Deviates.class, () -> runtime.launch(spec));
            assertThat(found).as(name).isNotNull();
            assertThat(found.deviations()).contains(word);
            assertThat(runtime.list()).isEmpty();
            assertThat(meddler.changed()).isPositive();
        }
        assertThat(containers(state)).as("nothing of it is left").isZero();
    }

    private int containers(Path state) throws IOException {
        int count = 0;
        for (JsonNode container : engine.get("/containers/json?all=1")) {
            String runtime =
                    container.path("Labels").path(ContainerSpec.RUNTIME_LABEL).asText();
            count += runtime.equals(DockerRuntime.nameOf(state.toRealPath())) ? 1 : 0;
        }
        return count;
    }

    private static ObjectNode host(ObjectNode body) {
        return (ObjectNode) body.get("HostConfig");
    }

    @Test
    void whatTheEngineWasMadeToRunOtherwiseIsEndedBeforeItIsUsed() throws Exception {
        deviates("none", "networks", body -> {
            host(body).put("NetworkMode", "bridge");
            return body;
        });
        deviates("mount", "mounts", body -> {
            host(body)
                    .withArray("Mounts")
                    .addObject()
                    .put("Type", "bind")
                    .put("Source", "/etc")
                    .put("Target", "/mnt");
            return body;
        });
        deviates("caps", "capabilities", body -> {
            host(body).putArray("CapDrop");
            return body.put("User", "0:0");
        });
        deviates("seccomp", "system calls", body -> {
            host(body).withArray("SecurityOpt").add("seccomp=unconfined");
            return body;
        });
        if (TestImage.hasBusybox()) {
            deviates("image", "image", body -> body.put("Image", other()));
        }
    }

    /** An image of the engine that can sleep and is not the one asked for. */
    private String other() {
        try {
            Path archive = temporary.resolve("other.tar");
            String id = new ImageBuilder("croft/test-other")
                    .layer(
                            "other programs",
                            Map.of("/bin/bash", Path.of("/bin/busybox"), "/extra", temporary.resolve("extra")))
                    .command(List.of("/bin/bash"))
                    .write(archive)
                    .digest()
                    .toString();
            engine.load(archive);
            return id;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aContainerThatWasReplacedWhileNoRouterWatchedIsEndedByTheNext() throws Exception {
        Path state = temporary.resolve("replaced");
        WorkloadSpec spec = spec(image);
        WorkloadSpec untouched = spec(image);
        try (DockerRuntime runtime = DockerRuntime.open(state, DockerRuntime.Options.DEFAULT)) {
            runtime.launch(spec.withLimits(Limits.service()));
            runtime.launch(untouched);
            runtime.awaitHealthy(spec.id(), SOON);
            runtime.awaitHealthy(untouched.id(), SOON);
        }
        String name = "croft-" + DockerRuntime.nameOf(state.toRealPath()) + "-" + spec.id();
        JsonNode was = engine.get("/containers/" + name + "/json");
        engine.delete("/containers/" + name + "?force=1");
        ObjectNode json =
                Engine.JSON.createObjectNode().put("Image", image.digest().toString());
        json.putArray("Entrypoint").add("/bin/sleep").add("600");
        json.set("Labels", was.path("Config").path("Labels"));
        engine.post("/containers/create?name=" + name, json);
        engine.post("/containers/" + name + "/start", null);
        try (DockerRuntime next = DockerRuntime.open(state, DockerRuntime.Options.DEFAULT)) {
            WorkloadStatus end = next.awaitEnd(spec.id(), SOON);
            assertThat(end.failure().orElseThrow().reason()).isEqualTo(WorkloadStatus.Reason.DEVIATION);
            assertThat(end.failure().orElseThrow().detail()).contains("container", "networks", "root");
            assertThat(next.inspect(untouched.id()).state()).isEqualTo(WorkloadStatus.State.HEALTHY);
            next.reap(s -> false);
            next.reap(s -> false);
        }
        assertThat(containers(state)).isZero();
    }
}
