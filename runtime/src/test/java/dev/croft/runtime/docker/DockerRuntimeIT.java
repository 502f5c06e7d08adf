package dev.croft.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.runtime.Digest;
import dev.croft.runtime.HealthCheck;
import dev.croft.runtime.Limits;
import dev.croft.runtime.Program;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.RuntimeConformance;
import dev.croft.runtime.TestFiles;
import dev.croft.runtime.TestImage;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.WorkloadStatus.State;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The suite on a real engine; asked for with {@code -Pdocker}. */
class DockerRuntimeIT extends RuntimeConformance {
    private Program.@Nullable Image image;

    @Override
    protected Runtime open(Path state) throws Exception {
        assumeTrue(TestImage.wanted("docker"), "Docker is not asked for: run with -Pdocker");
        Program.Image built = image;
        if (built == null) {
            Path archive = temporary.resolve("image.tar");
            built = TestImage.write(archive);
            image = built;
            new Engine(DockerRuntime.Options.DEFAULT.socket()).load(archive);
        }
        return DockerRuntime.open(state, DockerRuntime.Options.DEFAULT.withBase(built));
    }

    @Override
    protected Program script(String text) {
        return TestImage.script(Objects.requireNonNull(image), text);
    }

    @Override
    protected int many() {
        return 12;
    }

    @Test
    void filesRunOnTheBaseImage() throws IOException {
        Program files = TestFiles.script(temporary.resolve("bundle"), "echo from $0");
        assertThat(said(WorkloadSpec.of(WorkloadId.random("files"), files))).isEqualTo("from /app/run.sh\n");
    }

    @Test
    void onlyALoopbackInterfaceIsThereAndNotTheBridge() throws Exception {
        String said = said(spec("while read line; do echo \"$line\"; done </proc/net/dev; cat /proc/net/route"));
        assertThat(said).contains("lo:").doesNotContain("eth", "docker").doesNotContain("ac11"); // 172.17 in hex
    }

    @Test
    void aContainerThatVanishesIsSeen() throws Exception {
        WorkloadSpec spec = spec("exec sleep 600").withHealth(HealthCheck.atStart());
        runtime.awaitHealthy(runtime.launch(spec), SOON);
        Engine engine = new Engine(DockerRuntime.Options.DEFAULT.socket());
        for (var container : engine.get("/containers/json")) {
            if (container
                    .path("Labels")
                    .path(ContainerSpec.ID_LABEL)
                    .asText()
                    .equals(spec.id().value())) {
                engine.delete("/containers/" + container.path("Id").asText() + "?force=1");
            }
        }
        assertThat(runtime.awaitEnd(spec.id(), SOON).state()).isEqualTo(State.FAILED);
    }

    /** The router that is killed. Arguments: state, image reference, id. */
    static final class Victim {
        public static void main(String[] arguments) {
            Program.Image image = new Program.Image(arguments[1], Digest.parse(arguments[2]), List.of("/bin/bash"));
            Runtime runtime = DockerRuntime.open(Path.of(arguments[0]), DockerRuntime.Options.DEFAULT);
            runtime.launch(WorkloadSpec.of(new WorkloadId("long"), TestImage.script(image, "echo up; exec sleep 600"))
                    .withLimits(Limits.service().withWallClock(Limits.FOREVER))
                    .withHealth(new HealthCheck.LogLine("up", SOON)));
            runtime.launch(WorkloadSpec.of(new WorkloadId("short"), TestImage.script(image, "sleep 1; exit 5")));
            runtime.awaitHealthy(new WorkloadId("long"), SOON);
            IO.println("ready");
            for (int i = 0; ; i++) {
                runtime.launch(WorkloadSpec.of(new WorkloadId("more-" + i), TestImage.script(image, "exec sleep 600")));
            }
        }
    }

    @Test
    void aKilledRoutersContainersAreTakenUpByTheNextAndNoneIsForgotten() throws Exception {
        Path state = temporary.resolve("crash");
        Program.Image built = (Program.Image) script("true");
        Process victim = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Xmx64m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Victim.class.getName(),
                        state.toString(),
                        built.reference(),
                        built.digest().toString())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader output = victim.inputReader()) {
            String line = output.readLine();
            while (line != null && !line.equals("ready")) {
                line = output.readLine();
            }
            assertThat(line).isEqualTo("ready");
        } finally {
            victim.destroyForcibly();
            victim.waitFor();
        }
        try (Runtime next = open(state)) {
            WorkloadId id = new WorkloadId("long");
            assertThat(next.inspect(id).state()).isEqualTo(State.HEALTHY);
            assertThat(new String(next.logs(id, false).readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("up\n");
            assertThat(next.awaitEnd(new WorkloadId("short"), SOON).exitCode()).hasValue(5);
            next.stop(id, Duration.ofSeconds(5));
            assertThat(next.inspect(id).exitCode()).hasValue(143);
            next.reap(s -> false);
            next.reap(s -> false);
            assertThat(next.list()).isEmpty();
            assertThat(containers(state)).isZero();
        }
    }

    private static int containers(Path state) throws IOException {
        String name = DockerRuntime.nameOf(state.toRealPath());
        int count = 0;
        for (var container : new Engine(DockerRuntime.Options.DEFAULT.socket()).get("/containers/json?all=1")) {
            count += container
                            .path("Labels")
                            .path(ContainerSpec.RUNTIME_LABEL)
                            .asText()
                            .equals(name)
                    ? 1
                    : 0;
        }
        return count;
    }
}
