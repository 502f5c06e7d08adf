package dev.croft.runtime.bench;

import dev.croft.runtime.HealthCheck;
import dev.croft.runtime.Limits;
import dev.croft.runtime.Program;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.WorkloadStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Measures launching, pausing, resuming and stopping through a {@link Runtime}, and in the same run what the machine
 * itself takes for a bare process and for one in a bare bubblewrap sandbox.
 */
public final class RuntimeBench {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final List<String> TRUE = List.of("/usr/bin/env", "true");
    private static final List<String> SLEEP = List.of("/usr/bin/env", "sleep", "600");
    private static final List<String> SANDBOX = List.of(
            "bwrap",
            "--unshare-all",
            "--new-session",
            "--ro-bind",
            "/",
            "/",
            "--proc",
            "/proc",
            "--dev",
            "/dev",
            "--tmpfs",
            "/tmp",
            "--");

    private RuntimeBench() {}

    /**
     * What was measured; all times are medians in milliseconds.
     *
     * @param backend the runtime's name for itself
     * @param rounds of each
     * @param run from the call that launches a job which does nothing until its end is known
     * @param bareRun fork, exec and wait of the same command by the JDK
     * @param sandboxRun the same under bubblewrap called directly; NaN where that is not installed
     * @param launch from the call that launches a long workload until it is known to run
     * @param pause until every process of it stands still
     * @param resume until they go on
     * @param stop killing it, until nothing of it is left
     * @param sandboxStop killing the same under bubblewrap called directly; NaN where that is not installed
     * @param parallelRunsPerSecond jobs that do nothing, 16 at once
     * @param parallelSandboxRunsPerSecond the same under bubblewrap called directly; NaN where that is not installed
     */
    public record Result(
            String backend,
            int rounds,
            double run,
            double bareRun,
            double sandboxRun,
            double launch,
            double pause,
            double resume,
            double stop,
            double sandboxStop,
            double parallelRunsPerSecond,
            double parallelSandboxRunsPerSecond) {}

    private interface Body {
        void run(int round) throws Exception;
    }

    /**
     * Runs the measurement.
     *
     * @param runtime any backend that can run {@code program}
     * @param program one that has {@code /usr/bin/env}; its command is replaced
     * @param rounds how often each is done; 30 take about ten seconds
     */
    public static Result run(Runtime runtime, Program program, int rounds) throws Exception {
        Program idle = with(program, TRUE);
        List<WorkloadId> sleepers = new ArrayList<>();
        boolean sandbox = exits(command(SANDBOX, TRUE)) == 0;
        for (int i = 0; i < 3; i++) {
            once(runtime, idle);
            exits(TRUE);
        }
        double run = median(rounds, round -> once(runtime, idle));
        double bare = median(rounds, round -> exits(TRUE));
        double wrapped = sandbox ? median(rounds, round -> exits(command(SANDBOX, TRUE))) : Double.NaN;
        double launch = median(rounds, round -> sleepers.add(launch(runtime, with(program, SLEEP))));
        double pause = median(rounds, round -> runtime.pause(sleepers.get(round)));
        double resume = median(rounds, round -> runtime.resume(sleepers.get(round)));
        double stop = median(rounds, round -> runtime.stop(sleepers.get(round), Duration.ZERO));
        for (WorkloadId id : sleepers) {
            runtime.remove(id);
        }
        double wrappedStop = sandbox ? sandboxStop(rounds) : Double.NaN;
        double parallel = perSecond(rounds, () -> once(runtime, idle));
        double wrappedParallel = sandbox ? perSecond(rounds, () -> exits(command(SANDBOX, TRUE))) : Double.NaN;
        return new Result(
                runtime.enforcement().backend(),
                rounds,
                run,
                bare,
                wrapped,
                launch,
                pause,
                resume,
                stop,
                wrappedStop,
                parallel,
                wrappedParallel);
    }

    private static Program with(Program program, List<String> command) {
        return switch (program) {
            case Program.Files f -> new Program.Files(f.directory(), f.digest(), command);
            case Program.Image i -> new Program.Image(i.reference(), i.digest(), command);
            case Program.HostCommand _ -> new Program.HostCommand(command);
        };
    }

    private static int once(Runtime runtime, Program program) {
        WorkloadId id = runtime.launch(WorkloadSpec.of(WorkloadId.random("bench"), program));
        WorkloadStatus end = runtime.awaitEnd(id, SOON);
        if (!end.healthy()) {
            throw new IllegalStateException("a job that does nothing failed: " + end);
        }
        runtime.remove(id);
        return 0;
    }

    private static WorkloadId launch(Runtime runtime, Program program) {
        WorkloadId id = runtime.launch(WorkloadSpec.of(WorkloadId.random("bench"), program)
                .withLimits(Limits.service())
                .withHealth(HealthCheck.atStart()));
        runtime.awaitHealthy(id, SOON);
        return id;
    }

    private static List<String> command(List<String> before, List<String> command) {
        List<String> words = new ArrayList<>(before);
        words.addAll(command);
        return words;
    }

    private static int exits(List<String> command) throws InterruptedException {
        try {
            return process(command).waitFor();
        } catch (IOException e) {
            return -1; // bubblewrap is not installed
        }
    }

    private static Process process(List<String> command) throws IOException {
        return new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** The bare way to end a sandbox: kill what bubblewrap started, and wait for bubblewrap. */
    private static double sandboxStop(int rounds) throws Exception {
        List<Process> sleepers = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            Process sandbox = process(command(SANDBOX, SLEEP));
            sleepers.add(sandbox);
            while (sandbox.descendants().noneMatch(RuntimeBench::sleeps)) {
                Thread.onSpinWait();
            }
        }
        return median(rounds, round -> {
            Process sandbox = sleepers.get(round);
            sandbox.children().forEach(ProcessHandle::destroyForcibly);
            sandbox.waitFor();
        });
    }

    private static boolean sleeps(ProcessHandle handle) {
        return handle.info().command().filter(c -> c.endsWith("/sleep")).isPresent();
    }

    private static double median(int rounds, Body body) throws Exception {
        double[] millis = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            long start = System.nanoTime();
            body.run(i);
            millis[i] = (System.nanoTime() - start) / 1e6;
        }
        Arrays.sort(millis);
        return millis[rounds / 2];
    }

    private interface Job {
        int run() throws Exception;
    }

    private static double perSecond(int rounds, Job job) throws Exception {
        int threads = 16;
        long start = System.nanoTime();
        try (ExecutorService pool =
                Executors.newFixedThreadPool(threads, Thread.ofVirtual().factory())) {
            List<Future<Integer>> jobs = new ArrayList<>();
            for (int i = 0; i < rounds * 4; i++) {
                jobs.add(pool.submit(job::run));
            }
            for (Future<Integer> one : jobs) {
                one.get();
            }
        }
        return rounds * 4 / ((System.nanoTime() - start) / 1e9);
    }
}
