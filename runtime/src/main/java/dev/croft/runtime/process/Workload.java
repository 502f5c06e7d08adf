package dev.croft.runtime.process;

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
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One workload of the process backend: its state, and the virtual thread that watches its health, its limits and its
 * end. Marker files ({@code healthy}, {@code paused}, {@code stopping}) tell a later router what this one knew.
 */
final class Workload {
    private static final Logger LOG = LoggerFactory.getLogger(Workload.class);
    private static final long FIRST_LOOK_NANOS = 2_000_000;
    private static final long PROBE_NANOS = 50_000_000;
    private static final long WATCH_NANOS = 500_000_000;
    private static final long BEGIN_MILLIS = 2_000;
    private static final Duration END_PATIENCE = Duration.ofSeconds(30);

    private final Path directory;
    private final Record record;
    private final Tree tree;
    private final LogFile log;
    private final LineWatch lines;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    private LogPump.@Nullable Source output;
    private @Nullable Process process;
    private Record.@Nullable End end;
    private @Nullable Failure verdict;
    private boolean healthy;
    private boolean paused;
    private boolean stopping;
    private boolean closed;
    private long pausedSince;
    private long pausedMillis;

    Workload(Path directory, Record record) throws IOException {
        this.directory = directory;
        this.record = record;
        this.tree = new Tree(directory, record);
        this.log = new LogFile(directory, record.logBytes());
        String pattern =
                record.probe().kind() == Probe.Kind.LINE ? record.probe().argument() : null;
        this.lines = new LineWatch(pattern == null ? null : Pattern.compile(pattern));
        this.end = Record.End.read(directory).orElse(null);
        this.healthy = has("healthy");
        this.paused = has("paused");
        this.stopping = has("stopping");
        this.pausedSince = System.currentTimeMillis();
        if (end != null) {
            log.complete();
        }
    }

    Record record() {
        return record;
    }

    Tree tree() {
        return tree;
    }

    /** Begins to watch: a child of this process just started, or (null) one that an earlier router started. */
    void watch(@Nullable Process child, LogPump pump) throws IOException {
        process = child;
        Path fifo = directory.resolve("out");
        if (output == null && Files.exists(fifo)) {
            readLog(pump);
        }
        if (child != null) {
            child.onExit().thenRun(this::wake);
        }
        Thread.ofVirtual().name("croft-watch-" + record.id()).start(this::run);
    }

    /** Opens the log pipe; before a launch, so that nothing printed is missed. */
    void readLog(LogPump pump) throws IOException {
        output = pump.add(directory.resolve("out"), log, lines);
    }

    private void run() {
        try {
            long look = FIRST_LOOK_NANOS;
            while (!over()) {
                if (!alive()) {
                    finish();
                    return;
                }
                Failure breach = breach();
                if (breach != null) {
                    condemn(breach);
                    continue;
                }
                look = probe() ? WATCH_NANOS : Math.min(look * 2, PROBE_NANOS);
                sleep(Math.min(look, nanosToDeadline()));
            }
        } catch (IOException | RuntimeException e) {
            LOG.error("workload {} is no longer watched", record.id(), e);
        }
    }

    private boolean over() {
        return locked(() -> closed || end != null);
    }

    private boolean alive() {
        Process child = process;
        return child != null ? child.isAlive() : tree.monitor().isPresent() || mayStillBegin();
    }

    /** An earlier router may have been killed between its fork and the first line of the launching script. */
    private boolean mayStillBegin() {
        long age = System.currentTimeMillis() - record.started();
        return age >= 0 && age < BEGIN_MILLIS && !has("pid");
    }

    private @Nullable Failure breach() {
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
        tree.kill();
        awaitChild();
    }

    /** Whether there is nothing more to find out by probing. */
    private boolean probe() throws IOException {
        if (locked(() -> healthy || paused) || record.probe().kind() == Probe.Kind.EXIT) {
            return true;
        }
        if (tree.child().isEmpty() || !record.probe().passes(record.port(), lines)) {
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

    /** The process has gone: clears what it left, and settles how it ended. */
    private void finish() throws IOException {
        boolean clean = tree.kill();
        OptionalInt code = awaitChild();
        if (output != null) {
            output.finish(2_000);
        }
        long ended = System.currentTimeMillis();
        Record.End settled = settle(code, clean, ended);
        settled.write(directory);
        tree.group().delete();
        Files.deleteIfExists(directory.resolve("out"));
        Unwrapped.scratch(directory).forEach(BundleStore::delete);
        log.complete();
        locked(() -> end = settled);
        wake();
    }

    private OptionalInt awaitChild() {
        Process child = process;
        try {
            if (child != null && child.waitFor(5, TimeUnit.SECONDS)) {
                OptionalInt reported = tree.exitCode();
                return reported.isPresent() ? reported : OptionalInt.of(child.exitValue());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return tree.exitCode();
    }

    private Record.End settle(OptionalInt code, boolean clean, long ended) {
        Integer exit = code.isPresent() ? code.getAsInt() : null;
        lock.lock();
        try {
            if (stopping && verdict == null) {
                return new Record.End(State.STOPPED, null, null, exit, ended);
            }
            Failure failure = verdict != null ? verdict : failure(exit);
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

    private @Nullable Failure failure(@Nullable Integer exit) {
        if (exit != null && exit == 0) {
            return null;
        }
        if (tree.group().ranOutOfMemory()) {
            return new Failure(Reason.MEMORY, "used more memory than it may");
        }
        if (!tree.began()) {
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
        return log.reader(follow, () -> locked(() -> closed));
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
            while (tree.child().isEmpty() && alive() && System.nanoTime() < patience) {
                changed.awaitNanos(FIRST_LOOK_NANOS); // a launch that has not got that far
            }
            mark("paused"); // first: a router that finds it must not take a frozen workload for a running one
            boolean held = tree.pause(stop);
            if (!held) {
                tree.pause(false);
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
                tree.terminate();
                if (paused) {
                    tree.pause(false);
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
        tree.kill();
        wake();
        try {
            await(s -> s.state().ended(), END_PATIENCE, "its end");
        } catch (WorkloadException.TimedOut e) {
            throw new WorkloadException.Backend("workload " + record.id() + " cannot be killed");
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
            if (!closed && end == null && alive()) {
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
