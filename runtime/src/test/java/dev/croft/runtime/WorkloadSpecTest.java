package dev.croft.runtime;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkloadSpecTest {
    private static final WorkloadSpec SPEC =
            WorkloadSpec.of(new WorkloadId("w"), new Program.HostCommand(List.of("true")));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "A",
                "-a",
                "a-",
                "a/b",
                "..",
                "a b",
                "a\n",
                "a.b",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            })
    void aNameThatCouldBeAPathIsNoId(String name) {
        assertThatThrownBy(() -> new WorkloadId(name)).isInstanceOf(WorkloadException.InvalidSpec.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "data",
                "/",
                "/a/../b",
                "/a/",
                "//a",
                "/croft",
                "/croft/x",
                "/app",
                "/proc/1",
                "/dev/shm",
                "/a\n"
            })
    void aMountStaysOutOfTheRuntimesOwnPlaces(String target) {
        assertThatThrownBy(() -> new Mount.HostPath(Path.of("/tmp"), target, false))
                .isInstanceOf(WorkloadException.InvalidSpec.class);
        assertThatThrownBy(() -> new Mount.Volume("v", target, false))
                .isInstanceOf(WorkloadException.InvalidSpec.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"croft/x", "/croft/../etc/passwd", "/croft//x", "/croft/./x", "/croft/\0"})
    void aHealthCheckHasAPlainPath(String path) {
        assertThatThrownBy(() -> new HealthCheck.FileExists(path, Duration.ofSeconds(1)))
                .isInstanceOf(WorkloadException.InvalidSpec.class);
    }

    @Test
    void limitsThatMakeNoSenseAreRefused() {
        Limits limits = Limits.service();
        for (double cpus : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> limits.withCpus(cpus)).isInstanceOf(WorkloadException.InvalidSpec.class);
        }
        assertThatThrownBy(() -> limits.withMemoryBytes(Long.MAX_VALUE))
                .isInstanceOf(WorkloadException.InvalidSpec.class);
        assertThatThrownBy(() -> limits.withPids(0)).isInstanceOf(WorkloadException.InvalidSpec.class);
        assertThatThrownBy(() -> limits.withWallClock(Duration.ZERO)).isInstanceOf(WorkloadException.InvalidSpec.class);
        assertThatThrownBy(() -> limits.withLogBytes(-1)).isInstanceOf(WorkloadException.InvalidSpec.class);
    }

    @Test
    void environmentAndCommandsHaveNoRoomForTricks() {
        assertThatThrownBy(() -> SPEC.withEnvironment(Map.of("A=B", "c")))
                .isInstanceOf(WorkloadException.InvalidSpec.class);
        assertThatThrownBy(() -> SPEC.withEnvironment(Map.of("A", "b\0c")))
                .isInstanceOf(WorkloadException.InvalidSpec.class);
        assertThatThrownBy(() -> new Program.HostCommand(List.of())).isInstanceOf(WorkloadException.InvalidSpec.class);
        assertThatThrownBy(() -> new Program.HostCommand(List.of("a", "\0")))
                .isInstanceOf(WorkloadException.InvalidSpec.class);
        assertThatThrownBy(() -> SPEC.withHealth(new HealthCheck.PortAccepts(Duration.ofSeconds(1))))
                .isInstanceOf(WorkloadException.InvalidSpec.class);
    }
}
