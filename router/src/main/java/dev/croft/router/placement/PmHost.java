package dev.croft.router.placement;

import dev.croft.router.RouterException;
import dev.croft.router.registry.Host;
import dev.croft.router.registry.Hosts;
import dev.croft.router.tls.CertificateAuthority;
import dev.croft.router.tls.PrivateFiles;
import dev.croft.runtime.HealthCheck;
import dev.croft.runtime.Mount;
import dev.croft.runtime.Network;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.WorkloadStatus;
import dev.croft.vault.api.PmClient;
import dev.croft.vault.api.TraceSpan;
import dev.croft.vault.api.UnreachableException;
import dev.croft.vault.api.VaultException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One PM host process: launched when it is needed, taken over when it outlived the router, launched again after it ended, with a
 * growing pause between failures: by whoever needs it next, or at once if it is to be kept. While this router may not run it, none is launched, and one
 * that was being launched ends. Thread-safe.
 */
final class PmHost {

    private static final Logger LOG = LoggerFactory.getLogger(PmHost.class);
    private static final Duration READY_WITHIN = Duration.ofSeconds(60);
    private static final Duration AGAIN = Duration.ofMillis(200);
    private static final Duration GRACE = Duration.ofSeconds(10);
    private static final Duration CALL = Duration.ofMinutes(2);

    private final HostLaunch launch;
    private final HostProgram.Source programs;
    private final Runtime runtime;
    private final Hosts records;
    private final CertificateAuthority authority;
    private final HttpClient http;
    private final BooleanSupplier mayRun;
    private final Endings endings;
    private final BackOff backOff = new BackOff();
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable Running running;
    /** What is being launched. */
    private volatile @Nullable WorkloadId starting;
    /** Grows before {@link #kill} looks for what to end: whoever launches it meanwhile sees that at the end, or was seen. */
    private final AtomicInteger kills = new AtomicInteger();

    private volatile boolean killed;
    private volatile boolean kept;
    private volatile boolean stopped;

    /**
     * A process that answers.
     *
     * @param base its address on loopback
     */
    record Running(WorkloadId workload, URI base, PmClient client) {}

    /** @param mayRun whether this router may run it at this moment */
    PmHost(
            HostLaunch launch,
            HostProgram.Source programs,
            Runtime runtime,
            Hosts records,
            CertificateAuthority authority,
            HttpClient http,
            Endings endings,
            BooleanSupplier mayRun) {
        this.mayRun = mayRun;
        this.endings = endings;
        this.launch = launch;
        this.programs = programs;
        this.runtime = runtime;
        this.records = records;
        this.authority = authority;
        this.http = http;
    }

    String id() {
        return launch.id();
    }

    Path doors() {
        return launch.doorsDirectory();
    }

    /** Whether a process is known to run, without asking it. */
    boolean isRunning() {
        return running != null;
    }

    /** The host if it runs, without launching it. */
    Optional<Running> running() {
        return Optional.ofNullable(running);
    }

    /**
     * The running host, launched if need be. Blocks until it answers.
     *
     * @throws RouterException.Unavailable when it does not start, or failed a moment ago
     */
    Running ready() {
        Running now = running;
        if (now != null) {
            return now;
        }
        lock.lock();
        try {
            if (running == null) {
                if (stopped) {
                    throw new RouterException.Unavailable("the router is stopping");
                }
                int before = kills.get();
                if (killed) {
                    throw outOfTouch();
                }
                return runs(TraceSpan.within("start host", () -> start(before)), before);
            }
            return Objects.requireNonNull(running);
        } finally {
            lock.unlock();
        }
    }

    private static RouterException.Unavailable outOfTouch() {
        return new RouterException.Unavailable("this router has lost touch with the others");
    }

    /** Whether it must not run, or was killed since it began to be launched. */
    private boolean isOvertaken(int before) {
        return kills.get() != before || !mayRun.getAsBoolean();
    }

    private Running runs(Running made, int before) {
        running = made;
        if (isOvertaken(before)) {
            running = null;
            endings.discard(made.workload(), Duration.ZERO);
            throw outOfTouch();
        }
        return made;
    }

    /** From now on, has the process run, also after it was killed: starts it in the background, and again whenever it has ended. */
    void keep() {
        kept = true;
        killed = false;
        again();
    }

    private void again() {
        Thread.ofVirtual().name("keep-" + id()).start(this::startAgain);
    }

    private void startAgain() {
        while (kept && !stopped && running == null) {
            try {
                Duration pause = backOff.pause();
                if (!pause.isZero()) {
                    LOG.info("PM host {} is started again in {} ms", id(), pause.toMillis());
                    Thread.sleep(pause);
                }
                ready();
            } catch (RouterException.Unavailable e) {
                // Told already; the pause has grown.
                LOG.debug("PM host {} does not start yet", id(), e);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Takes over a process that a former router left running; says whether it answers. */
    boolean adopt() {
        lock.lock();
        try {
            if (running != null) {
                return true;
            }
            int before = kills.get();
            Host recorded = records.find(id()).orElse(null);
            if (recorded == null || recorded.workloadId() == null || recorded.port() == null) {
                return false;
            }
            WorkloadId workload = new WorkloadId(recorded.workloadId());
            PmClient client = client(recorded.port());
            if (runtime.inspect(workload).state().ended()) {
                return false;
            }
            client.status();
            runs(new Running(workload, base(recorded.port()), client), before);
            watch(workload);
            LOG.info("PM host {} runs on from before", id());
            return true;
        } catch (WorkloadException | VaultException | RouterException.Unavailable e) {
            return false;
        } finally {
            lock.unlock();
        }
    }

    private Running start(int before) {
        backOff.mayStart();
        WorkloadId workload = WorkloadId.random("pm");
        try {
            renewCertificate();
            PrivateFiles.directory(launch.runDirectory());
            Files.deleteIfExists(launch.portFile());
            // Recorded before it runs: what is launched and not recorded would be ended as an orphan, never the
            // reverse.
            records.record(id(), workload.value(), null, Host.State.STARTING);
            starting = workload;
            if (isOvertaken(before)) {
                throw outOfTouch();
            }
            runtime.launch(spec(workload));
            if (isOvertaken(before)) {
                throw outOfTouch();
            }
            WorkloadStatus status = runtime.awaitHealthy(workload, READY_WITHIN.plusSeconds(5));
            if (status.state().ended()) {
                throw new RouterException.Unavailable("the PM host ended at its start");
            }
            int port = Integer.parseInt(Files.readString(launch.portFile()).strip());
            PmClient client = client(port);
            answer(workload, client);
            records.record(id(), workload.value(), port, Host.State.READY);
            watch(workload);
            backOff.started();
            LOG.info("PM host {} is ready on port {}", id(), port);
            return new Running(workload, base(port), client);
        } catch (IOException | RuntimeException e) {
            if (kills.get() == before) {
                backOff.failed();
            }
            LOG.warn("PM host {} did not start: {}", id(), e.toString());
            endings.discard(workload, isOvertaken(before) ? Duration.ZERO : GRACE);
            recordStopped();
            throw new RouterException.Unavailable("the host of this private cloud does not start", e);
        } finally {
            starting = null;
        }
    }

    private void recordStopped() {
        try {
            records.record(id(), null, null, Host.State.STOPPED);
        } catch (RuntimeException e) {
            // Whoever adopts it asks the runtime.
            LOG.warn("that PM host {} has ended is not recorded: {}", id(), e.toString());
        }
    }

    /** It listens already; on a machine that has too much to do, the first handshake takes longer than a call may. */
    private void answer(WorkloadId workload, PmClient client) {
        long end = System.nanoTime() + READY_WITHIN.toNanos();
        while (true) {
            try {
                client.status();
                return;
            } catch (UnreachableException e) {
                if (System.nanoTime() > end || runtime.inspect(workload).state().ended()) {
                    throw e;
                }
                LockSupport.parkNanos(AGAIN.toNanos());
            }
        }
    }

    private WorkloadSpec spec(WorkloadId workload) throws IOException {
        HostProgram program = programs.program(launch);
        List<Mount> mounts = new ArrayList<>(program.mounts());
        PrivateFiles.directory(launch.stateDirectory());
        mounts.add(same(launch.stateDirectory(), true));
        mounts.add(same(launch.tlsDirectory(), false));
        mounts.add(same(launch.runDirectory(), true));
        mounts.add(same(launch.doorsDirectory(), true));
        Path data = launch.onlyCloud()
                .map(cloud -> launch.cloudsDirectory().resolve(cloud))
                .orElse(launch.cloudsDirectory());
        if (launch.onlyCloud().isEmpty()) {
            PrivateFiles.directory(data);
        }
        mounts.add(same(data, true));
        return WorkloadSpec.of(workload, program.program())
                .withLabels(Map.of("croft/host", id()))
                .withMounts(mounts.toArray(Mount[]::new))
                .withEnvironment(program.environment())
                .withLimits(program.limits())
                .withNetwork(new Network.Listening(program.port()))
                .withHealth(new HealthCheck.FileExists(launch.portFile().toString(), READY_WITHIN));
    }

    private static Mount same(Path path, boolean writable) {
        return new Mount.HostPath(path.toAbsolutePath(), path.toAbsolutePath().toString(), writable);
    }

    /** Renews its certificate if it is due; the process uses it from its next handshake on. */
    void renewCertificate() {
        authority.ensure(
                launch.tlsDirectory(),
                "croft-" + id(),
                CertificateAuthority.Purpose.SERVER,
                List.of("127.0.0.1", "localhost"));
    }

    private PmClient client(int port) {
        return new PmClient(http, base(port), Map.of(), CALL);
    }

    private static URI base(int port) {
        return URI.create("https://127.0.0.1:" + port);
    }

    private void watch(WorkloadId workload) {
        Thread.ofVirtual().name("watch-" + id()).start(() -> {
            while (true) {
                try {
                    WorkloadStatus end = runtime.awaitEnd(workload, Duration.ofHours(1));
                    ended(workload, end);
                    return;
                } catch (WorkloadException.TimedOut e) {
                    // it runs on
                } catch (WorkloadException e) {
                    ended(workload, null);
                    return;
                }
            }
        });
    }

    private void ended(WorkloadId workload, @Nullable WorkloadStatus end) {
        lock.lock();
        try {
            Running now = running;
            if (now == null || !now.workload().equals(workload)) {
                return;
            }
            running = null;
            endings.discard(workload, GRACE);
            recordStopped();
            if (!stopped) {
                backOff.failed();
                LOG.warn(
                        "PM host {} ended ({}); the private clouds on it are locked until their owners' keys come",
                        id(),
                        end == null
                                ? "lost"
                                : end.failure().map(Object::toString).orElse("by itself"));
                if (kept) {
                    again();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends the process, if it runs; it is launched again when it is next needed. */
    void stop() {
        lock.lock();
        try {
            Running now = running;
            running = null;
            if (now != null) {
                endings.discard(now.workload(), GRACE);
                recordStopped();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends the process, and has another run if it is to be kept. */
    void restart() {
        stop();
        if (kept) {
            again();
        }
    }

    /**
     * Ends the process at once, if it runs or is being launched, and records nothing: the registry may be out of reach. None is launched any more before
     * {@link #keep}.
     */
    void kill() {
        kept = false;
        killed = true;
        kills.incrementAndGet();
        WorkloadId launched = starting;
        if (launched != null) {
            endings.discard(launched, Duration.ZERO);
        }
        Running now = running;
        running = null;
        if (now != null) {
            endings.discard(now.workload(), Duration.ZERO);
        }
    }

    /** Ends the process for good. */
    void close() {
        stopped = true;
        stop();
    }
}
