package dev.croft.runtime.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.runtime.HealthCheck;
import dev.croft.runtime.Mount;
import dev.croft.runtime.Network;
import dev.croft.runtime.Program;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.process.ProcessRuntime;
import dev.croft.runtime.watch.WatchedRuntime;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories of an owner that come to a workload which waited for nobody in particular: to it, and to no other. */
class HandedDirectoriesIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String TARGET = "/data/mine";
    private static final String SHOWN = "/data/shown";

    @TempDir
    Path temporary;

    private final Program program = new Program.HostCommand(List.of(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Nosy.class.getName()));

    private static List<Mount> classes() {
        List<Mount> mounts = new ArrayList<>();
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .map(Path::toAbsolutePath)
                .filter(Files::exists)
                .distinct()
                .forEach(path -> mounts.add(new Mount.HostPath(path, path.toString(), false)));
        return mounts;
    }

    private WorkloadSpec waiting() {
        return WorkloadSpec.of(WorkloadId.random("warm"), program)
                .withMounts(classes().toArray(Mount[]::new))
                .withNetwork(new Network.Listening(0));
    }

    private Path owner(String name) throws IOException {
        Path mine = Files.createDirectories(temporary.resolve("owners").resolve(name));
        Files.writeString(mine.resolve("secret"), "of " + name);
        Path shown = Files.createDirectories(temporary.resolve("shown").resolve(name));
        Files.writeString(shown.resolve("hello"), "hello");
        return mine;
    }

    private WorkloadSpec launch(String name) throws IOException {
        Path mine = owner(name);
        List<Mount> mounts = new ArrayList<>(classes());
        mounts.add(new Mount.HostPath(mine, TARGET, true));
        mounts.add(new Mount.HostPath(temporary.resolve("shown").resolve(name), SHOWN, false));
        return WorkloadSpec.of(WorkloadId.random("pm"), program)
                .withMounts(mounts.toArray(Mount[]::new))
                .withNetwork(new Network.Listening(0))
                .withEnvironment(Map.of("MINE", TARGET, "SHOWN", SHOWN))
                .withHealth(new HealthCheck.FileExists(TARGET + "/report", SOON));
    }

    @Test
    void whatWaitsGetsOneOwnersDirectoriesWhenItIsClaimedAndReachesNothingElse() throws Exception {
        assumeTrue(HandedDirectories.possible(), "directories can be handed by root only");
        WatchedRuntime runtime = ProcessRuntime.open(temporary.resolve("s"), new ProcessRuntime.Options(false, true));
        Kind kind = new Kind("nosy", "nosy", this::waiting, WorkloadSpec::environment);
        try (WarmPool pool = new WarmPool(
                runtime,
                Files.createTempDirectory("cw"),
                _ -> Optional.of(kind),
                new WarmPool.Bounds(2, 2, 2),
                InstantSource.system())) {
            List<String> said = new ArrayList<>();
            for (String name : List.of("ada", "bob", "eve", "other")) {
                WorkloadSpec spec = launch(name);
                pool.launch(spec);
                pool.awaitHealthy(spec.id(), SOON);
                said.addAll(Files.readAllLines(
                        temporary.resolve("owners").resolve(name).resolve("report")));
                pool.delete(spec.id()).get();
                await().atMost(SOON).until(() -> pool.waiting() == 2);
            }
            assertThat(said)
                    .containsExactly(
                            "cold of ada",
                            "warm of bob",
                            "after: of bob",
                            "warm of eve",
                            "after: of eve",
                            "warm of other",
                            "after: of other");
        }
        assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain("/owners/");
    }
}
