package dev.croft.runtime.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.croft.runtime.Program;
import dev.croft.runtime.RuntimeSuite;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.WorkloadStatus;
import dev.croft.runtime.WorkloadStatus.State;
import dev.croft.runtime.watch.WatchedRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What a pool over any backend must do; its program waits, and then does what the launch's variable TASK says. */
public abstract class WarmPoolSuite extends RuntimeSuite {
    private static final WarmPool.Bounds BOUNDS = new WarmPool.Bounds(1, 1, 1);

    /** Of one program: the kind that waits. */
    protected static final String WAITER = """
            if [ -n "$CROFT_WAIT" ]; then
              claim=$(curl -s --http0.9 --unix-socket "$CROFT_WAIT" http://wait/)
              case "$claim" in croft-claim-v1*) ;; *) exit 75;; esac
              while IFS= read -r line; do case "$line" in *=*) export "$line";; esac; done <<<"$claim"
              echo was warm
            fi
            eval "$TASK"
            """;

    private Program waiter() {
        try {
            return script(WAITER);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private WarmPool pool(Path state) throws Exception {
        return new WarmPool(
                (WatchedRuntime) open(state.resolve("s")),
                state.resolve("w"),
                Kind.services(spec -> spec.environment().containsKey("TASK")),
                BOUNDS,
                InstantSource.system());
    }

    private WorkloadSpec task(Program program, String task) {
        Path door = door();
        try {
            Files.writeString(door.resolve("token"), "token-of-" + door.getFileName());
            opened(door);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return WorkloadSpec.of(WorkloadId.random("task"), program)
                .withDoor(door)
                .withEnvironment(Map.of("TASK", task));
    }

    private static String end(WarmPool pool, WorkloadSpec spec) throws IOException {
        WorkloadStatus end = pool.awaitEnd(spec.id(), SOON);
        try (var log = pool.logs(spec.id(), false)) {
            String said = new String(log.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(end.state()).as("%s: %s", end, said).isEqualTo(State.STOPPED);
            return said;
        }
    }

    private static void awaitWaiting(WarmPool pool) {
        await().atMost(SOON).until(() -> pool.waiting() == 1);
    }

    @Test
    void theFirstLaunchIsColdTheNextIsClaimedAndBothAreTheSameFromOutside() throws Exception {
        Path state = Files.createTempDirectory(temporary, "p");
        try (WarmPool pool = pool(state)) {
            Program program = waiter();
            String task = "echo $COLOUR from $(cat $CROFT_TOKEN_FILE) >$CROFT_OUTPUT/answer; echo did it";
            WorkloadSpec cold = task(program, task);
            pool.launch(cold);
            assertThat(end(pool, cold)).isEqualTo("did it\n");
            awaitWaiting(pool);
            assertThat(pool.list()).extracting(WorkloadStatus::id).containsExactly(cold.id());

            WorkloadSpec warm = task(program, task)
                    .withEnvironment(Map.of("TASK", task, "COLOUR", "blue = sky"))
                    .withLabels(Map.of("owner", "ada"));
            pool.launch(warm);
            assertThat(end(pool, warm)).isEqualTo("was warm\ndid it\n");
            Path door = warm.door().orElseThrow();
            assertThat(door.resolve("output/answer")).hasContent("blue = sky from token-of-" + door.getFileName());
            assertThat(pool.inspect(warm.id()).labels()).containsEntry("owner", "ada");
            assertThatThrownBy(() -> pool.launch(warm)).isInstanceOf(WorkloadException.Exists.class);
            pool.remove(warm.id());
            assertThatThrownBy(() -> pool.inspect(warm.id())).isInstanceOf(WorkloadException.Unknown.class);
        }
        assertThat(state.resolve("w")).isEmptyDirectory();
        try (WarmPool again = pool(state)) {
            again.reap(status -> false);
            assertThat(again.list()).isEmpty();
        }
    }

    @Test
    void nothingOfAnOwnerIsThereForTheNext() throws Exception {
        Path state = Files.createTempDirectory(temporary, "p");
        try (WarmPool pool = pool(state)) {
            Program program = waiter();
            WorkloadSpec first = task(program, "true");
            pool.launch(first);
            end(pool, first);
            awaitWaiting(pool);

            // Hides what it can wherever it can, leaves processes behind that listen and remember, and ends.
            String mark = "ana-" + Long.toHexString(System.nanoTime());
            String hide = "export KEPT=$MARK; for d in /work /tmp /dev/shm /app /croft /var/tmp /usr; do"
                    + " echo $MARK >$d/kept; done 2>/dev/null; cp $CROFT_TOKEN_FILE /tmp/token;"
                    + " (trap '' TERM HUP INT; exec -a $MARK bash -c 'while :; do sleep 1; echo '$MARK' >/tmp/beat; done') &"
                    + " (trap '' TERM HUP INT; while :; do curl -s --http0.9 --unix-socket $CROFT_WAIT http://x; sleep 0.2; done) &"
                    + " echo hidden";
            WorkloadSpec ana =
                    task(program, hide).withEnvironment(Map.of("TASK", hide.replace("cp ", "cat "), "MARK", mark));
            pool.launch(ana);
            assertThat(end(pool, ana)).contains("was warm").contains("hidden");
            awaitWaiting(pool);
            assertThat(marked(mark)).as("processes that remember").isZero();

            String seek =
                    "grep() { while IFS= read -r l; do case \"$l\" in *an\"\"a-*) echo \"FOUND $1: $l\";; esac; done; };"
                            + " env | grep environment; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep processes;"
                            + " find /work /tmp /dev/shm /croft /var/tmp -name kept -o -name beat -o -name token -path '/tmp/*' 2>/dev/null"
                            + " | while read f; do echo FOUND $f; done; ls -A /work /tmp; cat $CROFT_TOKEN_FILE; echo; echo sought";
            WorkloadSpec bob = task(program, seek);
            pool.launch(bob);
            String said = end(pool, bob);
            assertThat(said).contains("was warm").endsWith("sought\n").doesNotContain("FOUND", mark);
            Path anas = ana.door().orElseThrow();
            Path bobs = bob.door().orElseThrow();
            assertThat(said)
                    .contains("token-of-" + bobs.getFileName())
                    .doesNotContain("token-of-" + anas.getFileName());
            assertThat(bobs.resolve("output")).isEmptyDirectory();
        }
        try (WarmPool again = pool(state)) {
            again.reap(status -> false);
        }
    }

    /** Processes of this machine whose command line, environment or name has the mark. */
    private static long marked(String mark) {
        return ProcessHandle.allProcesses()
                .filter(handle -> handle.pid() != ProcessHandle.current().pid())
                .filter(handle -> {
                    Path proc = Path.of("/proc", Long.toString(handle.pid()));
                    try {
                        return new String(Files.readAllBytes(proc.resolve("cmdline"))).contains(mark)
                                || new String(Files.readAllBytes(proc.resolve("environ"))).contains(mark);
                    } catch (IOException e) {
                        return false;
                    }
                })
                .count();
    }

    @Test
    void whatDiedWaitingIsNotClaimedAndTheLaunchIsAnOrdinaryOne() throws Exception {
        Path state = Files.createTempDirectory(temporary, "p");
        try (WarmPool pool = pool(state)) {
            Program program = waiter();
            WorkloadSpec first = task(program, "true");
            pool.launch(first);
            end(pool, first);
            awaitWaiting(pool);
            killWhatWaits(state.resolve("s"));
            WorkloadSpec second = task(program, "echo alive >$CROFT_OUTPUT/answer");
            pool.launch(second);
            assertThat(pool.awaitEnd(second.id(), SOON).state()).isEqualTo(State.STOPPED);
            assertThat(second.door().orElseThrow().resolve("output/answer")).hasContent("alive");
            pool.reap(status -> false);
        }
    }

    /** Kills the workload that waits, behind the pool's back. */
    protected abstract void killWhatWaits(Path state) throws Exception;

    @Test
    void theClockOfALaunchBeginsWithItsClaim() throws Exception {
        Path state = Files.createTempDirectory(temporary, "p");
        try (WarmPool pool = pool(state)) {
            Program program = waiter();
            WorkloadSpec first = task(program, "true");
            pool.launch(first);
            end(pool, first);
            awaitWaiting(pool);
            TimeUnit.MILLISECONDS.sleep(1);
            WorkloadSpec slow = task(program, "exec sleep 600");
            pool.launch(slow.withLimits(slow.limits().withWallClock(Duration.ofSeconds(1))));
            WorkloadStatus end = pool.awaitEnd(slow.id(), SOON);
            assertThat(end.failure().orElseThrow().reason()).isEqualTo(WorkloadStatus.Reason.WALL_CLOCK);
            WorkloadStatus mine = pool.inspect(slow.id());
            assertThat(Duration.between(mine.started(), mine.ended().orElseThrow()))
                    .isGreaterThanOrEqualTo(Duration.ofSeconds(1));
            pool.reap(status -> false);
        }
    }

    @Test
    void aClaimedWorkloadIsTakenUpByTheNextRouterAndOneThatWaitedIsEnded() throws Exception {
        Path state = Files.createTempDirectory(temporary, "p");
        WorkloadSpec kept;
        try (WarmPool pool = pool(state)) {
            Program program = waiter();
            WorkloadSpec first = task(program, "true");
            pool.launch(first);
            end(pool, first);
            awaitWaiting(pool);
            kept = task(
                    program,
                    "until [ -e /croft/go ]; do sleep 0.05; done; cat $CROFT_TOKEN_FILE >$CROFT_OUTPUT/answer");
            pool.launch(kept);
        }
        try (WarmPool next = pool(state)) {
            assertThat(next.list()).extracting(WorkloadStatus::id).contains(kept.id());
            Path output = kept.door().orElseThrow().resolve("output");
            String slot = next.inspect(kept.id()).labels().get("croft/warm");
            Files.writeString(state.resolve("w").resolve(String.valueOf(slot)).resolve("go"), "");
            assertThat(next.awaitEnd(kept.id(), SOON).state().ended()).isTrue();
            assertThat(output.resolve("answer"))
                    .hasContent("token-of-" + kept.door().orElseThrow().getFileName());
            next.reap(status -> false);
            assertThat(next.list()).isEmpty();
        }
        assertThat(state.resolve("w")).isEmptyDirectory();
    }

    @Test
    void whereMemoryIsShortNothingWaitsAndTheCountersSaySo() throws Exception {
        Path state = Files.createTempDirectory(temporary, "p");
        AtomicBoolean noRoom = new AtomicBoolean();
        try (WarmPool pool = new WarmPool(
                (WatchedRuntime) open(state.resolve("s")),
                state.resolve("w"),
                Kind.services(spec -> spec.environment().containsKey("TASK")),
                new WarmPool.Bounds(0, 0, 4, Map.of("service", 1)),
                InstantSource.system(),
                noRoom::get)) {
            Program program = waiter();
            WorkloadSpec first = task(program, "echo 1");
            pool.launch(first);
            end(pool, first);
            awaitWaiting(pool);
            assertThat(pool.metrics())
                    .contains("croft_warm_waiting{kind=\"service\"} 1", "croft_warm_wanted{kind=\"service\"} 1")
                    .contains(
                            "croft_warm_claimed_total{kind=\"service\"} 0",
                            "croft_warm_cold_total{kind=\"service\"} 1");
            noRoom.set(true);
            pool.tend();
            assertThat(pool.waiting()).isZero();
            WorkloadSpec second = task(program, "echo 2");
            pool.launch(second);
            assertThat(end(pool, second)).isEqualTo("2\n");
            assertThat(pool.waiting()).isZero();
            assertThat(pool.metrics())
                    .contains("croft_warm_waiting{kind=\"service\"} 0", "croft_warm_wanted{kind=\"service\"} 0")
                    .contains("croft_warm_cold_total{kind=\"service\"} 2");
            noRoom.set(false);
            pool.tend();
            awaitWaiting(pool);
        }
    }
}
