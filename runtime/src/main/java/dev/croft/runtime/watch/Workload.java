package dev.croft.runtime.watch;

import dev.croft.runtime.Digest;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadStatus;
import dev.croft.runtime.WorkloadStatus.Failure;
import dev.croft.runtime.WorkloadStatus.Reason;
import dev.croft.runtime.WorkloadStatus.State;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One workload: its state, and the virtual thread that watches its health, its limits and its
 * end. Marker files ({@code healthy}, {@code paused}, {@code stopping}) tell a later router what this one knew.
 */
final class Workload {
    private static final Logger LOG = LoggerFactory.getLogger(Workload.class);
    private static final long FIRST_LOOK_NANOS = 1_000_000;
    private static final long PROBE_NANOS = 10_000_000;
    private static final long WATCH_NANOS = 500_000_000;
    private static final Duration END_PATIENCE = Duration.ofSeconds(30);

    private final Path directory;
    private volatile Record record;
    private final Body body;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    private Record.@Nullable End end;
    private @Nullable Failure verdict;
    private boolean healthy;
    private boolean paused;
    private boolean stopping;
    private boolean closed;
    private long pausedSince;
    private long pausedMillis;
    private volatile boolean inspect;
    private volatile @Nullable Thread watcher;

    Workload(Path directory, Record record, Body body) throws IOException {
        this.directory = directory;
        this.record = record;
        this.body = body;
        this.end = Record.End.read(directory).orElse(null);
        this.healthy = has("healthy");
        this.paused = has("paused");
        this.stopping = has("stopping");
        this.pausedSince = System.currentTimeMillis();
    }

    Record record() {
        return record;
    }

    Path directory() {
        return directory;
    }

    /**
     * Makes it another's from now on.
     *
     * @throws WorkloadException.WrongState unless it runs
     */
    void claim(Record now) throws IOException {
        lock.lock();
        try {
            if (end != null || paused || stopping || closed) {
                throw new WorkloadException.WrongState(status(), "claim");
            }
            now.write(directory);
            record = now;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void begin(Launch launch) throws IOException {
        body.begin(launch, this::wake);
        watch();
    }

    void adopt() throws IOException {
        body.adopt(this::wake);
        if (end == null) {
            inspect = true;
            watch();
        }
    }

    private void watch() {
        watcher = Thread.ofVirtual().name("croft-watch-" + record.id()).start(this::run);
    }

    private void run() {
        long look = FIRST_LOOK_NANOS;
        while (!over()) {
            try {
                if (!body.alive()) {
                    finish();
                    return;
                }
                Failure breach = breach();
                if (breach != null) {
                    condemn(breach);
                    continue;
                }
                look = probe() ? WATCH_NANOS : Math.min(look + look / 4, PROBE_NANOS);
            } catch (IOException | RuntimeException e) {
                LOG.error("workload {} could not be looked at; trying again", record.id(), e);
                LockSupport.parkNanos(WATCH_NANOS);
            }
            sleep(Math.min(look, nanosToDeadline()));
        }
    }

    private boolean over() {
        return locked(() -> closed || end != null);
    }

    private @Nullable Failure breach() throws IOException {
        if (inspect) {
            List<String> deviations = body.deviations();
            inspect = false;
            if (!deviations.isEmpty()) {
                return new Failure(Reason.DEVIATION, "other than it was asked to be: " + String.join(", ", deviations));
            }
        }
        long now = System.currentTimeMillis();
        if (record.deadline() >= 0 && now >= record.deadline()) {
            return new Failure(Reason.WALL_CLOCK, "ran longer than its limit");
        }
        long within = record.probe().within();
        if (within >= 0 && locked(() -> !healthy && !paused && now >= record.started() + within + pausedMillis)) {
            return new Failure(Reason.UNHEALTHY, "not healthy within " + within + " ms");
        }
        String directory = record.outputDirectory();
        if (directory != null && OutputMeter.exceeds(Path.of(directory), record.outputBytes())) {
            return new Failure(Reason.OUTPUT, "wrote more than " + record.outputBytes() + " bytes of output");
        }
        return null;
    }

    private void condemn(Failure breach) {
        locked(() -> verdict = verdict == null ? breach : verdict);
        body.kill();
    }

    /** Whether there is nothing more to find out by probing. */
    private boolean probe() throws IOException {
        if (locked(() -> healthy || paused) || record.probe().kind() == Probe.Kind.EXIT) {
            return true;
        }
        if (!body.began() || !record.probe().passes(record.port(), body)) {
            return false;
        }
        mark("healthy");
        locked(() -> healthy = true);
        wake();
        return true;
    }

    private long nanosToDeadline() {
        long millis = record.deadline() < 0 ? Long.MAX_VALUE : record.deadline() - System.currentTimeMillis();
        return millis > 1_000_000 ? Long.MAX_VALUE : Math.max(1, millis) * 1_000_000;
    }

    /** It has ended: clears what it left, and settles how it ended. */
    private void finish() throws IOException {
        boolean clean = body.kill();
        Body.Exit exit = body.finish();
        deliver();
        Record.End settled = settle(exit, clean, System.currentTimeMillis());
        try {
            settled.write(directory);
        } catch (IOException e) {
            LOG.error("how workload {} ended cannot be written down", record.id(), e);
        }
        locked(() -> end = settled);
        wake();
    }

    /** Puts its output where its launch expects it; nothing of it can write there any more. */
    private void deliver() throws IOException {
        String from = record.outputDirectory();
        String to = record.deliver();
        if (from != null && to != null && Files.isDirectory(Path.of(from)) && Files.isDirectory(Path.of(to))) {
            Files.move(Path.of(from), Path.of(to), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private Record.End settle(Body.Exit how, boolean clean, long ended) {
        Integer exit = how.code().isPresent() ? how.code().getAsInt() : null;
        lock.lock();
        try {
            if (stopping && verdict == null) {
                return new Record.End(State.STOPPED, null, null, exit, ended);
            }
            Failure failure = verdict != null ? verdict : failure(exit, how.outOfMemory());
            if (!clean) {
                failure = new Failure(Reason.LOST, "processes of it could not be killed");
            }
            return failure == null
                    ? new Record.End(State.STOPPED, null, null, exit, ended)
                    : new Record.End(State.FAILED, failure.reason(), failure.detail(), exit, ended);
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Failure failure(@Nullable Integer exit, boolean outOfMemory) {
        if (exit != null && exit == 0) {
            return null;
        }
        if (outOfMemory) {
            return new Failure(Reason.MEMORY, "used more memory than it may");
        }
        if (!body.began()) {
            return new Failure(Reason.NOT_STARTED, "its command was not reached; its log may say why");
        }
        return exit == null
                ? new Failure(Reason.LOST, "ended while no router watched")
                : new Failure(Reason.EXIT, "exit code " + exit);
    }

    WorkloadStatus status() {
        lock.lock();
        try {
            Record.End ending = end;
            State state =
                    ending != null ? ending.state() : paused ? State.PAUSED : healthy ? State.HEALTHY : State.STARTING;
            Reason reason = ending == null ? null : ending.reason();
            String detail = ending == null ? null : ending.detail();
            Integer exit = ending == null ? null : ending.exitCode();
            return new WorkloadStatus(
                    new WorkloadId(record.id()),
                    record.labels(),
                    state,
                    reason == null ? Optional.empty() : Optional.of(new Failure(reason, detail == null ? "" : detail)),
                    exit == null ? OptionalInt.empty() : OptionalInt.of(exit),
                    Optional.ofNullable(record.digest()).map(Digest::parse),
                    Instant.ofEpochMilli(record.started()),
                    ending == null ? Optional.empty() : Optional.of(Instant.ofEpochMilli(ending.ended())),
                    record.port() > 0
                            ? Optional.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), record.port()))
                            : Optional.empty());
        } finally {
            lock.unlock();
        }
    }

    InputStream logs(boolean follow) {
        return body.logs(follow, () -> locked(() -> closed));
    }

    WorkloadStatus await(Predicate<WorkloadStatus> wanted, Duration timeout, String what) {
        long nanos = timeout.compareTo(Duration.ofDays(10_000)) > 0 ? Long.MAX_VALUE : timeout.toNanos();
        lock.lock();
        try {
            while (!wanted.test(status())) {
                if (closed) {
                    throw new WorkloadException.Backend("the runtime is closed");
                }
                if (nanos <= 0) {
                    throw new WorkloadException.TimedOut(status(), what);
                }
                nanos = changed.awaitNanos(nanos);
            }
            return status();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WorkloadException.Backend("interrupted", e);
        } finally {
            lock.unlock();
        }
    }

    void pause(boolean stop) {
        lock.lock();
        try {
            if (end != null || stopping) {
                throw new WorkloadException.WrongState(status(), stop ? "pause" : "resume");
            }
            if (paused == stop) {
                return;
            }
            long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
            while (!body.began() && body.alive() && System.nanoTime() < patience) {
                changed.awaitNanos(FIRST_LOOK_NANOS); // a launch that has not got that far
            }
            mark("paused"); // first: a router that finds it must not take a frozen workload for a running one
            boolean held = body.pause(stop);
            if (!held) {
                body.pause(false);
            }
            if (!held || !stop) {
                Files.deleteIfExists(directory.resolve("paused"));
            }
            if (!held) {
                throw new WorkloadException.Backend(
                        "workload " + record.id() + " does not " + (stop ? "pause" : "resume"));
            }
            paused = stop;
            long now = System.currentTimeMillis();
            inspect |= !stop;
            pausedMillis += stop ? 0 : now - pausedSince;
            pausedSince = now;
            changed.signalAll();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WorkloadException.Backend("interrupted", e);
        } catch (IOException e) {
            throw new WorkloadException.Backend("cannot pause", e);
        } finally {
            lock.unlock();
        }
    }

    void stop(Duration grace) {
        lock.lock();
        try {
            if (end != null) {
                return;
            }
            stopping = true;
            mark("stopping");
            if (!grace.isZero()) {
                body.terminate();
                if (paused) {
                    body.pause(false);
                }
            }
        } catch (IOException e) {
            throw new WorkloadException.Backend("cannot stop", e);
        } finally {
            lock.unlock();
        }
        if (!grace.isZero()) {
            try {
                await(s -> s.state().ended(), grace, "its end");
                return;
            } catch (WorkloadException.TimedOut e) {
                LOG.debug("workload {} is killed after its grace", record.id());
            }
        }
        body.kill();
        wake();
        try {
            await(s -> s.state().ended(), END_PATIENCE, "its end");
        } catch (WorkloadException.TimedOut e) {
            throw new WorkloadException.Backend("workload " + record.id() + " cannot be killed");
        }
    }

    /** Undoes a launch that failed halfway. */
    void undo() {
        close();
        body.kill();
        body.discard();
    }

    void discard() {
        close();
        body.discard();
    }

    /** Writes down that it is to be destroyed, which a later router finds, too. */
    void doom() {
        try {
            mark("doomed");
        } catch (IOException e) {
            throw new WorkloadException.Backend("cannot delete", e);
        }
        close();
    }

    boolean doomed() {
        return has("doomed");
    }

    /** Kills it and frees all but its directory; returns when that is done and nobody watches it any more. */
    void destroy() {
        close();
        if (!body.destroy()) {
            LOG.error("processes of workload {} could not be killed", record.id());
        }
        Thread watching = watcher;
        if (watching != null) {
            try {
                watching.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Stops watching; the workload goes on. */
    void close() {
        locked(() -> closed = true);
        wake();
    }

    private boolean has(String marker) {
        return Files.exists(directory.resolve(marker));
    }

    private void mark(String marker) throws IOException {
        Files.write(directory.resolve(marker), new byte[0]);
    }

    private void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void sleep(long nanos) {
        lock.lock();
        try {
            if (!closed && end == null && body.alive()) {
                changed.awaitNanos(nanos);
            }
        } catch (InterruptedException e) {
            throw new UncheckedIOException(new IOException("interrupted", e));
        } finally {
            lock.unlock();
        }
    }

    private <T> T locked(Supplier<T> body) {
        lock.lock();
        try {
            return body.get();
        } finally {
            lock.unlock();
        }
    }
}
