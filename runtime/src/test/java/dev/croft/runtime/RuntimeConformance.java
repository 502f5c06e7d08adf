package dev.croft.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.croft.runtime.WorkloadStatus.Reason;
import dev.croft.runtime.WorkloadStatus.State;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What every backend must do: see {@link RuntimeSuite} for how a backend runs this. What it must withstand is {@link HostileWorkload}. */
public abstract class RuntimeConformance extends RuntimeSuite {
    @Test
    void aJobThatEndsWithZeroIsStoppedAndHealthy() {
        WorkloadSpec spec = spec("echo hello; echo world >&2").withLabels(Map.of("owner", "ada"));
        WorkloadStatus status = run(spec);
        assertThat(status.state()).isEqualTo(State.STOPPED);
        assertThat(status.healthy()).isTrue();
        assertThat(status.exitCode()).hasValue(0);
        assertThat(status.labels()).containsEntry("owner", "ada");
        assertThat(status.ended()).hasValueSatisfying(ended -> assertThat(ended).isAfterOrEqualTo(status.started()));
        assertThat(log(spec.id())).contains("hello").contains("world");
    }

    @Test
    void anExitCodeIsKept() {
        WorkloadStatus status = run(spec("exit 7"));
        assertThat(status.state()).isEqualTo(State.FAILED);
        assertThat(status.failure().orElseThrow().reason()).isEqualTo(Reason.EXIT);
        assertThat(status.exitCode()).hasValue(7);
        assertThat(runtime.awaitHealthy(status.id(), SOON).healthy()).isFalse();
        assertThat(run(spec("kill -KILL $$")).exitCode()).hasValue(137);
    }

    @Test
    void aProgramWithAnotherDigestNeverRuns() throws IOException {
        Program good = script("echo ran");
        Digest wrong = Digest.of("something else".getBytes(StandardCharsets.UTF_8));
        Program bad = switch (good) {
            case Program.Files f -> new Program.Files(f.directory(), wrong, f.command());
            case Program.Image i -> new Program.Image(i.reference(), wrong, i.command());
            case Program.HostCommand h -> h;
        };
        WorkloadId id = WorkloadId.random("test");
        assertThatThrownBy(() -> runtime.launch(WorkloadSpec.of(id, bad)))
                .isInstanceOfSatisfying(WorkloadException.DigestMismatch.class, e -> {
                    assertThat(e.expected()).isEqualTo(wrong);
                    assertThat(e.actual()).isNotEqualTo(wrong);
                });
        assertThatThrownBy(() -> runtime.inspect(id)).isInstanceOf(WorkloadException.Unknown.class);
    }

    @Test
    void namesAreTakenUntilRemoved() {
        WorkloadSpec spec = spec("true");
        assertThatThrownBy(() -> runtime.inspect(spec.id())).isInstanceOf(WorkloadException.Unknown.class);
        run(spec);
        assertThatThrownBy(() -> runtime.launch(spec)).isInstanceOf(WorkloadException.Exists.class);
        assertThat(runtime.list()).extracting(WorkloadStatus::id).contains(spec.id());
        assertThatThrownBy(() -> runtime.pause(spec.id())).isInstanceOf(WorkloadException.WrongState.class);
        runtime.stop(spec.id(), Duration.ZERO);
        runtime.remove(spec.id());
        assertThatThrownBy(() -> runtime.remove(spec.id())).isInstanceOf(WorkloadException.Unknown.class);
        assertThat(run(spec).state()).isEqualTo(State.STOPPED);
    }

    @Test
    void theEnvironmentIsTheContractAndWhatWasGiven() {
        String said = said(spec("env").withEnvironment(Map.of("COLOUR", "blue = sky", "EMPTY", "")));
        assertThat(said).contains("COLOUR=blue = sky\n").contains("EMPTY=\n").contains("TMPDIR=/tmp");
        assertThat(said.lines()
                        .filter(line -> !isTheEngines(line) || !line.endsWith("="))
                        .map(line -> line.replaceAll("=.*", "")))
                .isSubsetOf(
                        "COLOUR",
                        "EMPTY",
                        "PATH",
                        "HOME",
                        "TMPDIR",
                        "LANG",
                        "JAVA_HOME",
                        "CROFT_WORKLOAD",
                        "PWD",
                        "OLDPWD",
                        "SHLVL",
                        "_",
                        "HOSTNAME");
    }

    @Test
    void scratchIsWritableAndGoneAfterwards() {
        assumeEnforced(Enforcement.Guarantee.FILES);
        String script = "set -e; cd /work; ls -A /work /tmp; echo x >/work/a; echo y >/tmp/b; cat /work/a /tmp/b";
        assertThat(said(spec(script))).isEqualTo(said(spec(script))).contains("x\ny");
        String readOnly = "for f in /x /usr/x /etc/x /croft/x /app/x /dev/x; do"
                + " if (echo x >$f) 2>/dev/null; then echo wrote $f; fi; done";
        assertThat(said(spec(readOnly).withDoor(door()))).doesNotContain("wrote");
    }

    @Test
    void scratchIsBounded() {
        assumeEnforced(Enforcement.Guarantee.SCRATCH);
        WorkloadSpec spec = spec("for d in /work /tmp; do head -c 9M /dev/zero >$d/x && echo fits $d; done; true");
        Limits limits = spec.limits().withScratchBytes(8 * MIB);
        assertThat(said(spec.withLimits(limits))).doesNotContain("fits");
    }

    @Test
    void theDoorIsReachedAndNothingInItButTheOutputCanBeChanged() throws Exception {
        Path door = door();
        Files.writeString(door.resolve("token"), "t");
        Files.writeString(door.resolve("input.json"), "{}");
        try (UnixServer server = new UnixServer(door.resolve("door.sock"))) {
            opened(door);
            String said = said(spec("""
                    curl -s --unix-socket "$CROFT_DOOR" http://door/; echo; cat $CROFT_TOKEN_FILE $CROFT_INPUT; echo
                    (echo forged >/croft/token) 2>/dev/null && echo changed
                    (rm /croft/door.sock) 2>/dev/null && echo removed
                    echo result >$CROFT_OUTPUT/answer
                    """).withDoor(door));
            assertThat(said).contains("welcome").contains("t{}");
            if (enforced(Enforcement.Guarantee.FILES)) {
                assertThat(said).doesNotContain("changed", "removed");
            }
            assertThat(door.resolve("output/answer")).hasContent("result");
            assertThat(server.served()).isEqualTo(1);
        }
    }

    @Test
    void healthByFileByLineAndAtStart() {
        Path door = door();
        WorkloadStatus byFile = runtime.awaitHealthy(runtime.launch(beating(door, ":")), SOON);
        assertThat(byFile.state()).isEqualTo(State.HEALTHY);
        runtime.stop(byFile.id(), Duration.ZERO);

        WorkloadSpec line = spec("echo starting; echo 'ready on 1'; exec sleep 600")
                .withHealth(new HealthCheck.LogLine("^ready on \\d$", SOON));
        assertThat(runtime.awaitHealthy(runtime.launch(line), SOON).state()).isEqualTo(State.HEALTHY);
        runtime.stop(line.id(), Duration.ZERO);

        WorkloadSpec start = spec("exec sleep 600").withHealth(HealthCheck.atStart());
        assertThat(runtime.awaitHealthy(runtime.launch(start), SOON).state()).isEqualTo(State.HEALTHY);
        runtime.stop(start.id(), Duration.ZERO);
    }

    @Test
    void healthBySocketAndByHttp() throws Exception {
        Path door = door();
        try (UnixServer server = new UnixServer(door.resolve("door.sock"))) {
            opened(door);
            WorkloadSpec http = spec("exec sleep 600")
                    .withDoor(door)
                    .withHealth(new HealthCheck.HttpOk("/croft/door.sock", "/healthz", SOON));
            assertThat(runtime.awaitHealthy(runtime.launch(http), SOON).state()).isEqualTo(State.HEALTHY);
            WorkloadSpec socket = spec("exec sleep 600")
                    .withDoor(door)
                    .withHealth(new HealthCheck.SocketAccepts("/croft/door.sock", SOON));
            assertThat(runtime.awaitHealthy(runtime.launch(socket), SOON).state())
                    .isEqualTo(State.HEALTHY);
            assertThat(server.served()).isPositive();
            runtime.stop(http.id(), Duration.ZERO);
            runtime.stop(socket.id(), Duration.ZERO);
        }
    }

    @Test
    void whatIsNotHealthyInTimeIsKilled() {
        WorkloadSpec spec = spec("exec sleep 600").withHealth(new HealthCheck.LogLine("never", Duration.ofMillis(300)));
        WorkloadStatus status = runtime.awaitHealthy(runtime.launch(spec), SOON);
        assertThat(status.state()).isEqualTo(State.FAILED);
        assertThat(status.failure().orElseThrow().reason()).isEqualTo(Reason.UNHEALTHY);
    }

    @Test
    void waitingGivesUpInTime() {
        WorkloadId id = runtime.launch(spec("exec sleep 600"));
        assertThatThrownBy(() -> runtime.awaitHealthy(id, Duration.ofMillis(50)))
                .isInstanceOfSatisfying(
                        WorkloadException.TimedOut.class,
                        e -> assertThat(e.status().state()).isEqualTo(State.STARTING));
        runtime.stop(id, Duration.ZERO);
    }

    @Test
    void aPausedWorkloadStandsStillWithAllItsProcessesUntilResumed() {
        Path door = door();
        String child = "(j=0; while :; do j=$((j+1)); echo $j >/croft/output/child; sleep 0.01; done) &";
        WorkloadId id = runtime.launch(beating(door, child + " true"));
        runtime.awaitHealthy(id, SOON);
        Path beat = door.resolve("output/beat");
        Path other = door.resolve("output/child");
        await().atMost(SOON).until(() -> Files.exists(other));

        runtime.pause(id);
        runtime.pause(id);
        assertThat(runtime.inspect(id).state()).isEqualTo(State.PAUSED);
        String atPause = read(beat) + read(other);
        await().during(Duration.ofMillis(300)).atMost(SOON).until(() -> (read(beat) + read(other)).equals(atPause));

        runtime.resume(id);
        runtime.resume(id);
        assertThat(runtime.inspect(id).state()).isEqualTo(State.HEALTHY);
        String child0 = read(other);
        await().atMost(SOON)
                .until(() -> !(read(beat) + read(other)).equals(atPause)
                        && !read(other).equals(child0));
        runtime.stop(id, Duration.ZERO);
        assertThat(runtime.inspect(id).state()).isEqualTo(State.STOPPED);
    }

    @Test
    void stoppingAsksFirstAndThenKillsEverything() {
        Path door = door();
        WorkloadId polite = runtime.launch(beating(door, "trap 'echo bye >/croft/output/last; exit 3' TERM"));
        runtime.awaitHealthy(polite, SOON);
        runtime.stop(polite, SOON);
        assertThat(runtime.inspect(polite).state()).isEqualTo(State.STOPPED);
        assertThat(runtime.inspect(polite).exitCode()).hasValue(3);
        assertThat(door.resolve("output/last")).hasContent("bye");

        Path rude = door();
        WorkloadId deaf = runtime.launch(beating(rude, "trap '' TERM"));
        runtime.awaitHealthy(deaf, SOON);
        runtime.stop(deaf, Duration.ofMillis(200));
        assertThat(runtime.inspect(deaf).state()).isEqualTo(State.STOPPED);
        assertThat(runtime.inspect(deaf).exitCode()).hasValue(137);
        assertStill(rude.resolve("output/beat"));
    }

    @Test
    void aPausedWorkloadCanBeStopped() {
        Path door = door();
        WorkloadId id = runtime.launch(beating(door, "trap 'exit 0' TERM"));
        runtime.awaitHealthy(id, SOON);
        runtime.pause(id);
        runtime.stop(id, SOON);
        assertThat(runtime.inspect(id).exitCode()).hasValue(0);

        Path again = door();
        WorkloadId other = runtime.launch(beating(again, ":"));
        runtime.awaitHealthy(other, SOON);
        runtime.pause(other);
        runtime.stop(other, Duration.ZERO);
        assertThat(runtime.inspect(other).state()).isEqualTo(State.STOPPED);
        assertStill(again.resolve("output/beat"));
    }

    @Test
    void childrenThatOutliveTheirParentAreGoneWithTheWorkload() {
        Path door = door();
        String orphan = "(trap '' TERM HUP; while :; do echo $RANDOM >/croft/output/beat; sleep 0.01; done) & ";
        WorkloadSpec spec = spec(orphan + "until [ -e /croft/output/beat ]; do sleep 0.01; done; exit 0")
                .withDoor(door);
        assertThat(run(spec).state()).isEqualTo(State.STOPPED);
        assertStill(door.resolve("output/beat"));
    }

    @Test
    void theClockEndsWhatRunsTooLong() {
        WorkloadSpec spec = spec("exec sleep 600");
        WorkloadStatus status = run(spec.withLimits(spec.limits().withWallClock(Duration.ofSeconds(1))));
        assertThat(status.state()).isEqualTo(State.FAILED);
        assertThat(status.failure().orElseThrow().reason()).isEqualTo(Reason.WALL_CLOCK);
    }

    @Test
    void tooMuchMemoryEndsItAndIsNamed() {
        assumeEnforced(Enforcement.Guarantee.MEMORY);
        WorkloadSpec spec = spec("head -c 300M /dev/zero | tail -c 250M | tail -c 1; exit ${PIPESTATUS[1]}");
        WorkloadStatus status = run(spec.withLimits(spec.limits().withMemoryBytes(64 * MIB)));
        assertThat(status.state()).isEqualTo(State.FAILED);
        assertThat(status.failure().orElseThrow().reason()).isEqualTo(Reason.MEMORY);
    }

    @Test
    void aForkBombStaysWithinItsPids() {
        assumeEnforced(Enforcement.Guarantee.PIDS);
        String bomb = "for i in $(seq 200); do sleep 600 & done 2>/dev/null; true";
        WorkloadSpec spec =
                spec("echo begin; (" + bomb + ") 2>/dev/null; jobs=$(ls -d /proc/[0-9]* | wc -l); echo pids $jobs");
        WorkloadStatus status = run(spec.withLimits(spec.limits().withPids(30)));
        assertThat(status.state().ended()).isTrue();
        assertThat(log(spec.id())).contains("begin");
        log(spec.id())
                .lines()
                .filter(line -> line.startsWith("pids "))
                .forEach(line -> assertThat(Integer.parseInt(line.substring(5))).isLessThanOrEqualTo(35));

        WorkloadSpec recursive = spec("b() { b | b & }; b; sleep 600");
        WorkloadId id = runtime.launch(recursive.withLimits(recursive.limits().withPids(40)));
        runtime.stop(id, Duration.ofMillis(500));
        assertThat(runtime.inspect(id).state().ended()).isTrue();
    }

    @Test
    void ofAFloodOfOutputOnlyTheLastIsKept() {
        WorkloadSpec spec = spec("head -c 64M /dev/zero | tr '\\0' x; echo; echo end");
        Limits limits = spec.limits().withLogBytes(64 * 1024);
        assertThat(run(spec.withLimits(limits)).state()).isEqualTo(State.STOPPED);
        String log = log(spec.id());
        assertThat(log.length()).isBetween(1024, 64 * 1024);
        assertThat(log).endsWith("x\nend\n");
    }

    @Test
    void logsAreFollowedToTheEnd() throws Exception {
        Path door = door();
        WorkloadId id = runtime.launch(spec("echo one; until [ -e /croft/output/go ]; do sleep 0.02; done; echo two")
                .withDoor(door));
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(runtime.logs(id, true), StandardCharsets.UTF_8))) {
            assertThat(reader.readLine()).isEqualTo("one");
            Files.writeString(door.resolve("output/go"), "");
            assertThat(reader.readLine()).isEqualTo("two");
            assertThat(reader.readLine()).isNull();
        }
    }

    @Test
    void tooMuchOutputEndsIt() {
        for (String script : List.of(
                "head -c 4M /dev/zero >/croft/output/big",
                "i=0; while [ $i -lt 2000 ]; do i=$((i+1)); : >/croft/output/$i; done",
                "cd /croft/output; for i in $(seq 60); do mkdir d; cd d; done")) {
            WorkloadSpec spec = spec(script + "; exec sleep 600").withDoor(door());
            WorkloadStatus status = run(spec.withLimits(spec.limits().withOutputBytes(2 * MIB)));
            assertThat(status.state()).as(script).isEqualTo(State.FAILED);
            assertThat(status.failure().orElseThrow().reason()).isEqualTo(Reason.OUTPUT);
        }
    }

    @Test
    void mountsAndVolumes() throws IOException {
        Path readable = Files.createDirectory(temporary.resolve("readable"));
        Files.writeString(readable.resolve("f"), "seen");
        String name = "v-" + Long.toHexString(System.nanoTime());
        Mount.Volume volume = new Mount.Volume(name, "/data", true);
        Map<String, String> places = Map.of("MINE", "/mine", "DATA", "/data");
        WorkloadSpec first = spec("cat $MINE/f; (echo x >$MINE/g) 2>/dev/null && echo changed; echo kept >$DATA/k");
        String said =
                said(first.withEnvironment(places).withMounts(new Mount.HostPath(readable, "/mine", false), volume));
        assertThat(said).contains("seen");
        if (enforced(Enforcement.Guarantee.FILES)) {
            assertThat(said).doesNotContain("changed");
        }
        assertThat(said(spec("cat $DATA/k").withEnvironment(places).withMounts(volume)))
                .contains("kept");
        runtime.removeVolume(name);
        assertThat(said(spec("ls -A $DATA").withEnvironment(places).withMounts(volume)))
                .isEmpty();
        runtime.removeVolume(name);
        runtime.removeVolume(name);
    }

    @Test
    void manyRunAtOnce() throws Exception {
        Program program = script("echo $NUMBER");
        List<Callable<String>> jobs = new ArrayList<>();
        for (int i = 0; i < many(); i++) {
            String number = Integer.toString(i);
            jobs.add(() -> {
                WorkloadSpec spec =
                        WorkloadSpec.of(WorkloadId.random("many"), program).withEnvironment(Map.of("NUMBER", number));
                String said = said(spec);
                runtime.remove(spec.id());
                return said;
            });
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> results = threads.invokeAll(jobs);
            for (int i = 0; i < results.size(); i++) {
                assertThat(results.get(i).get()).isEqualTo(i + "\n");
            }
        }
    }

    /** How many to run at once; fewer where each is slow. */
    protected int many() {
        return 48;
    }

    @Test
    void aClosedRuntimesWorkloadsRunOnUnderTheNext() throws Exception {
        Path state = temporary.resolve("second");
        Path keptDoor = door();
        Path droppedDoor = door();
        WorkloadSpec kept = beating(keptDoor, "echo before");
        WorkloadSpec dropped = beating(droppedDoor, ":");
        Path pausedDoor = door();
        WorkloadSpec paused = beating(pausedDoor, ":");
        WorkloadSpec ended = spec("exit 4");
        try (Runtime first = open(state)) {
            first.launch(kept);
            first.launch(dropped);
            first.launch(ended);
            first.launch(paused);
            first.awaitHealthy(paused.id(), SOON);
            first.pause(paused.id());
            first.awaitHealthy(kept.id(), SOON);
            first.awaitHealthy(dropped.id(), SOON);
            first.awaitEnd(ended.id(), SOON);
        }
        try (Runtime second = open(state)) {
            assertThat(second.inspect(kept.id()).state()).isEqualTo(State.HEALTHY);
            assertThat(second.inspect(ended.id()).exitCode()).hasValue(4);
            assertThat(second.inspect(paused.id()).state()).isEqualTo(State.PAUSED);
            String still = read(pausedDoor.resolve("output/beat"));
            second.resume(paused.id());
            await().atMost(SOON)
                    .until(() -> !read(pausedDoor.resolve("output/beat")).equals(still));
            second.stop(paused.id(), Duration.ZERO);
            second.remove(paused.id());
            Runtime.ReapReport report = second.reap(status -> status.id().equals(kept.id()));
            assertThat(report.kept()).containsExactly(kept.id());
            assertThat(report.ended()).containsExactly(dropped.id());
            assertThat(report.forgotten()).containsExactly(ended.id());
            assertStill(droppedDoor.resolve("output/beat"));
            String beat = read(keptDoor.resolve("output/beat"));
            await().atMost(SOON)
                    .until(() -> !read(keptDoor.resolve("output/beat")).equals(beat));
            assertThat(new String(second.logs(kept.id(), false).readAllBytes(), StandardCharsets.UTF_8))
                    .contains("before");
            second.stop(kept.id(), Duration.ZERO);
            assertThat(second.inspect(kept.id()).state()).isEqualTo(State.STOPPED);
            second.reap(status -> false);
            assertThat(second.list()).isEmpty();
        }
    }

    @Test
    void whatIsDeletedIsForgottenAtOnceAndGoneInAMomentWhateverHappensToTheRouter() throws Exception {
        Path state = temporary.resolve("deleted");
        Path deletedDoor = door();
        Path doomedDoor = door();
        Path pausedDoor = door();
        WorkloadSpec deleted = beating(deletedDoor, ":");
        WorkloadSpec doomed = beating(doomedDoor, ":");
        WorkloadSpec paused = beating(pausedDoor, ":");
        try (Runtime first = open(state)) {
            for (WorkloadSpec spec : List.of(deleted, doomed, paused)) {
                first.launch(spec);
            }
            for (WorkloadSpec spec : List.of(deleted, doomed, paused)) {
                first.awaitHealthy(spec.id(), SOON);
            }
            first.pause(paused.id());
            CompletableFuture<Void> gone = first.delete(deleted.id());
            assertThatThrownBy(() -> first.inspect(deleted.id())).isInstanceOf(WorkloadException.Unknown.class);
            assertThat(first.list()).extracting(WorkloadStatus::id).doesNotContain(deleted.id());
            gone.get(60, TimeUnit.SECONDS);
            assertStill(deletedDoor.resolve("output/beat"));
            first.delete(paused.id()).get(60, TimeUnit.SECONDS);
            assertThat(first.list()).extracting(WorkloadStatus::id).containsExactly(doomed.id());
        }
        assertThat(state.resolve("workloads").resolve(deleted.id().value())).doesNotExist();
        // A router that was killed right after it had said yes.
        Files.createFile(state.resolve("workloads").resolve(doomed.id().value()).resolve("doomed"));
        try (Runtime second = open(state)) {
            assertThat(second.list()).isEmpty();
        }
        assertThat(state.resolve("workloads").resolve(doomed.id().value())).doesNotExist();
        assertStill(doomedDoor.resolve("output/beat"));
    }
}
