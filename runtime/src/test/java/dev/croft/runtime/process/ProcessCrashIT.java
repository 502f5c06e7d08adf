package dev.croft.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.croft.runtime.Bundle;
import dev.croft.runtime.HealthCheck;
import dev.croft.runtime.Limits;
import dev.croft.runtime.Program;
import dev.croft.runtime.TestFiles;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.WorkloadStatus;
import dev.croft.runtime.WorkloadStatus.Reason;
import dev.croft.runtime.WorkloadStatus.State;
import dev.croft.runtime.watch.Record;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A router is killed, and the next one finds everything. */
class ProcessCrashIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String BEAT =
            "echo up; i=0; while :; do i=$((i+1)); echo $i >$CROFT_OUTPUT/beat; sleep 0.02; done";

    private Path temporary;

    @BeforeEach
    void makePlace() throws IOException {
        temporary = Files.createTempDirectory("croft");
    }

    @AfterEach
    void clear() throws IOException {
        try (ProcessRuntime runtime = ProcessRuntime.open(state())) {
            runtime.reap(s -> false);
            runtime.reap(s -> false);
            assertThat(runtime.list()).isEmpty();
        }
        TestFiles.delete(temporary);
    }

    private Path state() {
        return temporary.resolve("state");
    }

    /** The router that is killed: launches jobs until then. Arguments: place, sandbox, milliseconds for short jobs. */
    static final class Victim {
        public static void main(String[] arguments) throws Exception {
            Path place = Path.of(arguments[0]);
            ProcessRuntime runtime = ProcessRuntime.open(
                    place.resolve("state"), new ProcessRuntime.Options(false, Boolean.parseBoolean(arguments[1])));
            runtime.launch(beating(place, "long", Limits.FOREVER));
            runtime.launch(beating(place, "limited", Duration.ofMillis(Long.parseLong(arguments[2]))));
            runtime.launch(spec(place, "short", "echo done; exit 5", Limits.FOREVER));
            runtime.awaitHealthy(new WorkloadId("long"), SOON);
            runtime.awaitHealthy(new WorkloadId("limited"), SOON);
            runtime.launch(
                    spec(place, "later", "until [ -e $CROFT_OUTPUT/go ]; do sleep 0.02; done; exit 6", Limits.FOREVER));
            IO.println("ready");
            for (int i = 0; ; i++) {
                runtime.launch(beating(place, "more-" + i, Limits.FOREVER));
            }
        }

        private static WorkloadSpec beating(Path place, String name, Duration limit) throws IOException {
            return spec(place, name, BEAT, limit).withHealth(new HealthCheck.FileExists("/croft/output/beat", SOON));
        }

        private static WorkloadSpec spec(Path place, String name, String text, Duration limit) throws IOException {
            Path door = Files.createDirectories(place.resolve("door-" + name));
            Files.createDirectories(door.resolve("output"));
            Program program = TestFiles.script(place.resolve("bundle-" + name), text);
            return WorkloadSpec.of(new WorkloadId(name), program)
                    .withDoor(door)
                    .withLimits(Limits.service().withWallClock(limit));
        }
    }

    private void crash(boolean sandbox, long limitMillis, long afterMillis) throws IOException, InterruptedException {
        Process victim = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Xmx64m",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Victim.class.getName(),
                        temporary.toString(),
                        Boolean.toString(sandbox),
                        Long.toString(limitMillis))
                .redirectErrorStream(true)
                .start();
        try (BufferedReader output = victim.inputReader()) {
            String line = output.readLine();
            while (line != null && !line.equals("ready")) {
                line = output.readLine();
            }
            assertThat(line).isEqualTo("ready");
            victim.waitFor(afterMillis, TimeUnit.MILLISECONDS);
            victim.destroyForcibly();
            assertThat(victim.waitFor()).isEqualTo(137);
        }
    }

    private String beat(String name) throws IOException {
        Path beat = temporary.resolve("door-" + name + "/output/beat");
        return Files.exists(beat) ? Files.readString(beat) : "";
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void afterAKillTheNextRouterTakesUpWhatRunsAndLearnsWhatEnded(boolean sandbox) throws Exception {
        crash(sandbox, 3_600_000, 0);
        Files.writeString(temporary.resolve("door-later/output/go"), "");
        try (ProcessRuntime runtime = ProcessRuntime.open(state())) {
            WorkloadId id = new WorkloadId("long");
            assertThat(runtime.inspect(id).state()).isEqualTo(State.HEALTHY);
            String beat = beat("long");
            await().atMost(SOON).until(() -> !beat("long").equals(beat));
            assertThat(new String(runtime.logs(id, false).readAllBytes(), StandardCharsets.UTF_8))
                    .contains("up");

            WorkloadStatus ended = runtime.awaitEnd(new WorkloadId("short"), SOON);
            assertThat(ended.exitCode()).hasValue(5);
            assertThat(runtime.awaitEnd(new WorkloadId("later"), SOON).exitCode())
                    .hasValue(6);

            runtime.pause(id);
            assertThat(runtime.inspect(id).state()).isEqualTo(State.PAUSED);
            runtime.resume(id);
            runtime.stop(id, Duration.ofSeconds(5));
            assertThat(runtime.inspect(id).state()).isEqualTo(State.STOPPED);
            assertThat(runtime.inspect(id).exitCode()).hasValue(143);
        }
    }

    @Test
    void aLimitPassedWhileNoRouterRanIsEnforcedByTheNext() throws Exception {
        crash(true, 3_000, 0);
        // It beats by rewriting a file, so a look may find the file empty.
        await().pollDelay(Duration.ofSeconds(3))
                .atMost(SOON)
                .until(() -> !beat("limited").isEmpty());
        try (ProcessRuntime runtime = ProcessRuntime.open(state())) {
            WorkloadStatus status = runtime.awaitEnd(new WorkloadId("limited"), SOON);
            assertThat(status.failure().orElseThrow().reason()).isEqualTo(Reason.WALL_CLOCK);
            String after = beat("limited");
            await().during(Duration.ofMillis(200))
                    .atMost(SOON)
                    .until(() -> beat("limited").equals(after));
            assertThat(runtime.inspect(new WorkloadId("long")).state()).isEqualTo(State.HEALTHY);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void killedAmidLaunchesNothingIsLeftUnknown(long seed) throws Exception {
        crash(seed % 2 == 0, 3_600_000, new Random(seed).nextInt(400));
        try (ProcessRuntime runtime = ProcessRuntime.open(state())) {
            runtime.reap(s -> false);
            runtime.reap(s -> false);
            assertThat(runtime.list()).isEmpty();
            List<String> names = IntStream.range(0, 1_000)
                    .mapToObj(i -> "more-" + i)
                    .filter(n -> Files.exists(temporary.resolve("door-" + n)))
                    .toList();
            StringBuilder beats = new StringBuilder();
            for (String name : names) {
                beats.append(beat(name));
            }
            await().during(Duration.ofMillis(300)).atMost(SOON).until(() -> {
                StringBuilder now = new StringBuilder();
                for (String name : names) {
                    now.append(beat(name));
                }
                return now.toString().equals(beats.toString());
            });
            assertThat(Proc.all().stream()
                            .filter(Proc.Entry::alive)
                            .map(e -> commandLine(e.pid()))
                            .filter(c -> c.contains(temporary.toString())))
                    .isEmpty();
        }
    }

    private static String commandLine(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    @Test
    void twoRoutersDoNotShareAState() {
        try (ProcessRuntime first = ProcessRuntime.open(state())) {
            assertThat(first.list()).isEmpty();
            assertThatThrownBy(() -> ProcessRuntime.open(state())).isInstanceOf(WorkloadException.Backend.class);
        }
    }

    @Test
    void launchesLeaveNoDescriptorsZombiesOrGroupsBehind() throws Exception {
        try (ProcessRuntime runtime = ProcessRuntime.open(state())) {
            Program program = TestFiles.script(temporary.resolve("bundle"), "sleep 600 & exit 0");
            runtime.awaitEnd(runtime.launch(WorkloadSpec.of(new WorkloadId("first"), program)), SOON);
            for (int i = 0; i < 20; i++) {
                WorkloadId id = runtime.launch(WorkloadSpec.of(new WorkloadId("w" + i), program));
                assertThat(runtime.awaitEnd(id, SOON).exitCode()).hasValue(0);
            }
            try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
                assertThat(descriptors.map(ProcessCrashIT::target).filter(t -> t.contains(state().toString())))
                        .containsExactly(state().resolve("lock").toString());
            }
            for (WorkloadStatus status : runtime.list()) {
                for (Path group : groups(status.id())) {
                    assertThat(group).doesNotExist();
                }
            }
        }
        await().atMost(SOON)
                .until(() -> Proc.all().stream()
                        .noneMatch(e -> e.parent() == ProcessHandle.current().pid()
                                && !e.alive()
                                && commandLine(e.pid()).contains(temporary.toString())));
    }

    private List<Path> groups(WorkloadId id) throws IOException {
        Record record =
                Record.read(state().resolve("workloads").resolve(id.value())).orElseThrow();
        return Tree.groups(record.backend()).directories();
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            return "";
        }
    }

    @Test
    void aBundleChangedAfterItsFirstLaunchIsRefused() throws Exception {
        try (ProcessRuntime runtime = ProcessRuntime.open(state())) {
            Path bundle = temporary.resolve("bundle");
            Program.Files program = (Program.Files) TestFiles.script(bundle, "echo good");
            runtime.awaitEnd(runtime.launch(WorkloadSpec.of(new WorkloadId("a"), program)), SOON);
            Files.writeString(bundle.resolve("run.sh"), "echo evil\n");
            assertThatThrownBy(() -> runtime.launch(WorkloadSpec.of(new WorkloadId("b"), program)))
                    .isInstanceOf(WorkloadException.DigestMismatch.class);
            Files.writeString(bundle.resolve("run.sh"), "echo good\n");
            WorkloadId again = runtime.launch(WorkloadSpec.of(new WorkloadId("c"), program));
            assertThat(runtime.awaitEnd(again, SOON).exitCode()).hasValue(0);
        }
        // What lies in the store is looked at anew after a restart.
        try (var stored = Files.walk(state().resolve("store"))) {
            Path copy = stored.filter(p -> p.endsWith("run.sh")).findFirst().orElseThrow();
            Files.delete(copy);
            Files.writeString(copy, "echo evil\n");
        }
        try (ProcessRuntime runtime = ProcessRuntime.open(state())) {
            Program.Files program = new Program.Files(
                    temporary.resolve("bundle"),
                    Bundle.digest(temporary.resolve("bundle")),
                    List.of("/bin/bash", "/app/run.sh"));
            WorkloadId id = runtime.launch(WorkloadSpec.of(new WorkloadId("d"), program));
            runtime.awaitEnd(id, SOON);
            assertThat(new String(runtime.logs(id, false).readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("good\n");
        }
    }
}
