package dev.croft.router;

import dev.croft.runtime.Enforcement;
import dev.croft.runtime.Program;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.WorkloadStatus;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Workloads within the test's process: PM hosts are {@link FakePmHost}s, services end when a test says so. */
final class FakeRuntime implements Runtime {

    private final Map<WorkloadId, Workload> workloads = new ConcurrentSkipListMap<>();
    volatile boolean hostsFail;
    /** Done by whoever launches something, before it runs and when it does. */
    volatile Runnable beforeLaunch = () -> {};

    volatile Runnable afterLaunch = () -> {};

    /** So many times more the engine does not stop anything. */
    final AtomicInteger failingStops = new AtomicInteger();

    static final class Workload {
        final WorkloadSpec spec;
        final Instant started = Instant.now();

        @Nullable
        FakePmHost host;

        WorkloadStatus.State state = WorkloadStatus.State.HEALTHY;
        OptionalInt exit = OptionalInt.empty();

        Workload(WorkloadSpec spec) {
            this.spec = spec;
        }

        synchronized WorkloadStatus status() {
            Optional<WorkloadStatus.Failure> failure = state == WorkloadStatus.State.FAILED
                    ? Optional.of(new WorkloadStatus.Failure(WorkloadStatus.Reason.EXIT, "exit " + exit.orElse(-1)))
                    : Optional.empty();
            Optional<InetSocketAddress> nowhere = Optional.empty();
            return new WorkloadStatus(
                    spec.id(),
                    spec.labels(),
                    state,
                    failure,
                    exit,
                    Optional.empty(),
                    started,
                    state.ended() ? Optional.of(Instant.now()) : Optional.empty(),
                    nowhere);
        }

        synchronized void end(WorkloadStatus.State how, int code) {
            if (state.ended()) {
                return;
            }
            state = how;
            exit = OptionalInt.of(code);
            if (host != null) {
                host.close();
            }
            notifyAll();
        }
    }

    /** The running host of that id. */
    FakePmHost host(String id) {
        return workloads.values().stream()
                .filter(workload -> id.equals(workload.spec.labels().get("croft/host"))
                        && !workload.status().state().ended())
                .map(workload -> Objects.requireNonNull(workload.host))
                .findFirst()
                .orElseThrow();
    }

    boolean runsHost(String id) {
        return workloads.values().stream()
                .anyMatch(workload -> id.equals(workload.spec.labels().get("croft/host"))
                        && !workload.status().state().ended());
    }

    void crashHost(String id) {
        workloads.values().stream()
                .filter(workload -> id.equals(workload.spec.labels().get("croft/host")))
                .forEach(workload -> workload.end(WorkloadStatus.State.FAILED, 137));
    }

    void endService(String launchId, int code) {
        workload(new WorkloadId("svc-" + launchId))
                .end(code == 0 ? WorkloadStatus.State.STOPPED : WorkloadStatus.State.FAILED, code);
    }

    List<String> runningServices() {
        return workloads.values().stream()
                .filter(workload -> workload.spec.labels().containsKey("croft/launch")
                        && !workload.status().state().ended())
                .map(workload -> workload.spec.labels().get("croft/launch"))
                .toList();
    }

    WorkloadSpec service(String launchId) {
        return workload(new WorkloadId("svc-" + launchId)).spec;
    }

    private Workload workload(WorkloadId id) {
        Workload workload = workloads.get(id);
        if (workload == null) {
            throw new WorkloadException.Unknown(id);
        }
        return workload;
    }

    @Override
    public Enforcement enforcement() {
        return new Enforcement(
                "fake",
                Arrays.stream(Enforcement.Guarantee.values())
                        .map(guarantee -> new Enforcement.Item(guarantee, Enforcement.Level.NOT_ENFORCED, "a test"))
                        .toList());
    }

    @Override
    public WorkloadId launch(WorkloadSpec spec) {
        beforeLaunch.run();
        Workload workload = new Workload(spec);
        if (spec.program() instanceof Program.HostCommand(List<String> command)) {
            try {
                if (hostsFail) {
                    workload.end(WorkloadStatus.State.FAILED, 1);
                } else {
                    FakePmHost host = new FakePmHost(
                            Path.of(command.get(1)),
                            Path.of(command.get(1)).resolveSibling("state"),
                            Path.of(command.get(3)));
                    workload.host = host;
                    Files.writeString(Path.of(command.get(2)), host.port() + "\n", StandardCharsets.US_ASCII);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        if (workloads.putIfAbsent(spec.id(), workload) != null) {
            throw new WorkloadException.Exists(spec.id());
        }
        afterLaunch.run();
        return spec.id();
    }

    @Override
    public WorkloadStatus inspect(WorkloadId id) {
        return workload(id).status();
    }

    @Override
    public List<WorkloadStatus> list() {
        return workloads.values().stream().map(Workload::status).toList();
    }

    @Override
    public WorkloadStatus awaitHealthy(WorkloadId id, Duration timeout) {
        return inspect(id);
    }

    @Override
    public WorkloadStatus awaitEnd(WorkloadId id, Duration timeout) {
        Workload workload = workload(id);
        long end = System.nanoTime() + timeout.toNanos();
        synchronized (workload) {
            while (!workload.state.ended()) {
                long left = (end - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    throw new WorkloadException.TimedOut(workload.status(), "its end");
                }
                try {
                    workload.wait(left);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            return workload.status();
        }
    }

    @Override
    public InputStream logs(WorkloadId id, boolean follow) {
        return new ByteArrayInputStream(("log of " + workload(id).spec.id()).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void pause(WorkloadId id) {
        Workload workload = workload(id);
        synchronized (workload) {
            workload.state = WorkloadStatus.State.PAUSED;
        }
    }

    @Override
    public void resume(WorkloadId id) {
        Workload workload = workload(id);
        synchronized (workload) {
            workload.state = WorkloadStatus.State.HEALTHY;
        }
    }

    @Override
    public void stop(WorkloadId id, Duration grace) {
        if (failingStops.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new IllegalStateException("the engine does not answer");
        }
        workload(id).end(WorkloadStatus.State.STOPPED, 143);
    }

    @Override
    public void remove(WorkloadId id) {
        workloads.remove(id);
    }

    @Override
    public void removeVolume(String name) {
        // there are none
    }

    @Override
    public ReapReport reap(Predicate<WorkloadStatus> keep) {
        List<WorkloadId> kept = new ArrayList<>();
        List<WorkloadId> ended = new ArrayList<>();
        List<WorkloadId> forgotten = new ArrayList<>();
        for (WorkloadStatus status : list()) {
            if (keep.test(status)) {
                kept.add(status.id());
            } else if (status.state().ended()) {
                workloads.remove(status.id());
                forgotten.add(status.id());
            } else {
                stop(status.id(), Duration.ZERO);
                workloads.remove(status.id());
                ended.add(status.id());
            }
        }
        return new ReapReport(kept, ended, forgotten);
    }

    @Override
    public void close() {
        workloads.values().forEach(workload -> workload.end(WorkloadStatus.State.STOPPED, 0));
    }

    /** How many workloads run. */
    long running() {
        return workloads.values().stream()
                .filter(workload -> !workload.status().state().ended())
                .count();
    }
}
