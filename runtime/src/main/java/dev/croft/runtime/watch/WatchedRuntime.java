package dev.croft.runtime.watch;

import dev.croft.runtime.Digest;
import dev.croft.runtime.Limits;
import dev.croft.runtime.Mount;
import dev.croft.runtime.Network;
import dev.croft.runtime.Program;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.WorkloadStatus;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A runtime that remembers its workloads in one directory of its host, which one runtime at a time may have open:
 * {@code workloads/ID} (record, markers, end), {@code store} (bundles), {@code volumes}. Thread-safe.
 */
public abstract class WatchedRuntime implements Runtime {
    private static final Logger LOG = LoggerFactory.getLogger(WatchedRuntime.class);

    private static final Duration LEAVING = Duration.ofSeconds(30);
    private static final Duration ERASE_AGAIN = Duration.ofSeconds(2);
    private static final Executor ERASERS =
            task -> Thread.ofVirtual().name("croft-erase").start(task);

    private final Path state;
    private final FileChannel lock;
    private final BundleStore store;
    private final ConcurrentSkipListMap<WorkloadId, Workload> workloads = new ConcurrentSkipListMap<>();
    private final Map<Workload, CompletableFuture<Void>> leaving = new ConcurrentHashMap<>();
    private volatile boolean closed;
    private volatile @Nullable StartCaches caches;

    /**
     * Takes the directory, made if it is not there.
     *
     * @throws WorkloadException.Backend if another runtime has it open, or it cannot be used
     */
    protected WatchedRuntime(Path directory) {
        FileChannel channel = null;
        try {
            state = Files.createDirectories(directory.toAbsolutePath()).toRealPath();
            Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwx------"));
            channel = FileChannel.open(state.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (channel.tryLock() == null) {
                throw new OverlappingFileLockException();
            }
            lock = channel;
            Files.createDirectories(state.resolve("workloads"));
            Files.createDirectories(state.resolve("volumes"));
            store = new BundleStore(state.resolve("store"));
        } catch (OverlappingFileLockException e) {
            close(channel);
            throw new WorkloadException.Backend("another runtime has " + directory + " open");
        } catch (IOException e) {
            close(channel);
            throw new WorkloadException.Backend("cannot open " + directory, e);
        }
    }

    private static void close(@Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            LOG.debug("closing the lock", e);
        }
    }

    /** Takes up what an earlier runtime left; a backend calls it when it is ready, and {@link #close} if it fails. */
    protected final void adopt() throws IOException {
        enforcement().missing().forEach(item -> LOG.info("{}: {}", enforcement().backend(), item));
        try (Stream<Path> directories = Files.list(state.resolve("workloads"))) {
            for (Path directory : directories.filter(Files::isDirectory).toList()) {
                Optional<Record> record = Record.read(directory);
                if (record.isEmpty()) {
                    BundleStore.delete(directory); // a launch that had not begun
                    continue;
                }
                Workload workload = new Workload(directory, record.get(), body(directory, record.get()));
                WorkloadId id = new WorkloadId(record.get().id());
                workloads.put(id, workload);
                workload.adopt();
                if (workload.doomed()) {
                    destroy(id, workload);
                }
            }
        }
        sweep(this::known);
    }

    /** Whether this can run here as it is asked for, and the program is the one named; called first, nothing is made yet. */
    protected abstract void check(WorkloadSpec spec);

    /** Readies what a launch needs and tells what will be remembered of it; the workload's directory is there. */
    protected abstract Map<String, String> prepare(Launch launch) throws IOException;

    /** The body of a workload that is about to begin or that an earlier runtime began. */
    protected abstract Body body(Path directory, Record record) throws IOException;

    /** Frees what no known workload holds. */
    protected abstract void sweep(Predicate<String> known);

    /** Tells the JDK that runs services given as files from any other; empty where there is none. */
    protected Optional<String> java() {
        return Optional.empty();
    }

    /** From now on makes AOT caches of services, as {@link StartCaches} says, where it has a JDK for services given as files. */
    public final void cacheStarts(StartCaches.Rehearsal rehearsal) {
        try {
            Optional<String> java = java();
            caches = java.isEmpty() ? null : new StartCaches(state.resolve("aot"), java.get(), this, rehearsal);
        } catch (IOException e) {
            throw new WorkloadException.Backend("no place for caches", e);
        }
    }

    /** Where the state is. */
    protected final Path state() {
        return state;
    }

    /** Tells this runtime's things from another's on the same host: 12 hex digits. */
    public static String nameOf(Path state) {
        return Digest.of(state.toString().getBytes(StandardCharsets.UTF_8))
                .hex()
                .substring(0, 12);
    }

    private boolean known(String id) {
        return Stream.concat(workloads.values().stream(), leaving.keySet().stream())
                .anyMatch(w -> w.record().bornAs().equals(id));
    }

    @Override
    public final WorkloadId launch(WorkloadSpec spec) {
        if (closed) {
            throw new WorkloadException.Backend("the runtime is closed");
        }
        check(spec);
        Optional<Path> files =
                spec.program() instanceof Program.Files f ? Optional.of(store.fetch(f)) : Optional.empty();
        Path directory = state.resolve("workloads").resolve(spec.id().value());
        if (workloads.containsKey(spec.id())) {
            throw new WorkloadException.Exists(spec.id());
        }
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            throw new WorkloadException.Exists(spec.id());
        } catch (IOException e) {
            throw new WorkloadException.Backend("cannot launch", e);
        }
        try {
            StartCaches starts = caches;
            start(starts == null ? spec : starts.with(spec), directory, files);
            return spec.id();
        } catch (IOException | RuntimeException e) {
            undo(spec.id(), directory);
            throw e instanceof WorkloadException known ? known : new WorkloadException.Backend("cannot launch", e);
        }
    }

    /** What cannot be undone now, as the engine is out of reach, is deleted as soon as it can be: it may have begun. */
    private void undo(WorkloadId id, Path directory) {
        Workload failed = workloads.get(id);
        if (failed != null) {
            try {
                failed.undo();
                workloads.remove(id, failed);
            } catch (RuntimeException e) {
                LOG.warn("what was begun of workload {} is still to be deleted", id, e);
                try {
                    failed.doom();
                } catch (RuntimeException full) {
                    // Not written down, it is deleted all the same as long as this runs.
                    e.addSuppressed(full);
                }
                destroy(id, failed);
                return;
            }
        }
        BundleStore.delete(directory);
    }

    private void start(WorkloadSpec spec, Path directory, Optional<Path> files) throws IOException {
        Map<String, Path> sources = new HashMap<>();
        List<String> volumes = new ArrayList<>();
        for (Mount mount : spec.mounts()) {
            sources.put(mount.target(), source(mount, volumes));
        }
        if (spec.door().isPresent() && !Files.isDirectory(spec.door().get())) {
            throw new WorkloadException.InvalidSpec("the door is not a directory");
        }
        Launch launch = new Launch(spec, directory, files, sources);
        Record record = record(launch, volumes, prepare(launch), null, null);
        record.write(directory);
        Workload workload = new Workload(directory, record, body(directory, record));
        workloads.put(spec.id(), workload);
        workload.begin(launch);
    }

    private static Record record(
            Launch launch,
            List<String> volumes,
            Map<String, String> backend,
            @Nullable String born,
            @Nullable Path deliver) {
        WorkloadSpec spec = launch.spec();
        Limits limits = spec.limits();
        long now = System.currentTimeMillis();
        return new Record(
                spec.id().value(),
                spec.labels(),
                digest(spec.program()),
                now,
                deadline(now, limits.wallClock()),
                launch.hasOutput() ? spec.door().orElseThrow().resolve("output").toString() : null,
                limits.outputBytes(),
                limits.logBytes(),
                Probe.of(spec.health(), launch::onHost),
                spec.network() instanceof Network.Listening(int port) ? port : 0,
                volumes,
                backend,
                born,
                deliver == null ? null : deliver.toString());
    }

    /** Readies a door for a workload that runs already and is to use it. */
    public void admit(Path door) throws IOException {
        LOG.trace("nothing to do for {}", door);
    }

    /** Readies a directory that a listening workload, which runs already, is to be handed. */
    public void admit(Mount.HostPath directory) throws IOException {
        if (!Files.isDirectory(directory.source())) {
            throw new IOException("not a directory: " + directory.source());
        }
    }

    /**
     * Makes a workload that waits that of a launch: it gets the launch's name, labels, deadline and health check, from now on. What it runs,
     * and within what, is as it was started. When it has ended its output replaces that of the launch's door.
     *
     * @param spec of the same program and limits; of its mounts, those that the workload was not started with are handed to it
     * @param seen the directory that it has in the place of the door
     * @param kept labels that stay besides the launch's own
     * @throws WorkloadException.Exists if the launch's name is taken
     * @throws WorkloadException.WrongState if it does not run any more
     */
    public final void claim(WorkloadId waiting, WorkloadSpec spec, Path seen, Map<String, String> kept)
            throws IOException {
        Workload workload = find(waiting);
        Record was = workload.record();
        Map<String, String> labels = new HashMap<>(spec.labels());
        labels.putAll(kept);
        Map<String, Path> sources = new HashMap<>();
        for (Mount mount : spec.mounts()) {
            if (mount instanceof Mount.HostPath host) {
                sources.put(host.target(), host.source());
            }
        }
        Launch launch =
                new Launch(spec.withLabels(labels).withDoor(seen), workload.directory(), Optional.empty(), sources);
        if (Files.exists(state.resolve("workloads").resolve(spec.id().value()))
                || workloads.putIfAbsent(spec.id(), workload) != null) {
            throw new WorkloadException.Exists(spec.id());
        }
        try {
            workload.claim(record(
                    launch,
                    was.volumes(),
                    was.backend(),
                    was.bornAs(),
                    spec.door().map(door -> door.resolve("output")).orElse(null)));
        } catch (IOException | RuntimeException e) {
            workloads.remove(spec.id(), workload);
            throw e;
        }
        workloads.remove(waiting, workload);
    }

    private static @Nullable String digest(Program program) {
        return switch (program) {
            case Program.Files f -> f.digest().toString();
            case Program.Image i -> i.digest().toString();
            case Program.HostCommand _ -> null;
        };
    }

    private static long deadline(long now, Duration limit) {
        return limit.compareTo(Duration.ofDays(36_500)) > 0 ? -1 : now + limit.toMillis();
    }

    private Path source(Mount mount, List<String> volumes) throws IOException {
        return switch (mount) {
            case Mount.HostPath host -> {
                if (!Files.exists(host.source())) {
                    throw new WorkloadException.InvalidSpec("a mount's source is not there: " + host.source());
                }
                yield host.source();
            }
            case Mount.Volume volume -> {
                volumes.add(volume.name());
                yield Files.createDirectories(state.resolve("volumes").resolve(volume.name()));
            }
        };
    }

    private Workload find(WorkloadId id) {
        Workload workload = workloads.get(id);
        if (workload == null) {
            throw new WorkloadException.Unknown(id);
        }
        return workload;
    }

    @Override
    public final WorkloadStatus inspect(WorkloadId id) {
        return find(id).status();
    }

    @Override
    public final List<WorkloadStatus> list() {
        return workloads.values().stream().map(Workload::status).toList();
    }

    @Override
    public final WorkloadStatus awaitHealthy(WorkloadId id, Duration timeout) {
        return find(id).await(s -> s.healthy() || s.state().ended(), timeout, "health");
    }

    @Override
    public final WorkloadStatus awaitEnd(WorkloadId id, Duration timeout) {
        return find(id).await(s -> s.state().ended(), timeout, "its end");
    }

    @Override
    public final InputStream logs(WorkloadId id, boolean follow) {
        return find(id).logs(follow);
    }

    @Override
    public final void pause(WorkloadId id) {
        find(id).pause(true);
    }

    @Override
    public final void resume(WorkloadId id) {
        find(id).pause(false);
    }

    @Override
    public final void stop(WorkloadId id, Duration grace) {
        find(id).stop(grace);
    }

    @Override
    public final void remove(WorkloadId id) {
        Workload workload = find(id);
        if (!workload.status().state().ended()) {
            throw new WorkloadException.WrongState(workload.status(), "remove");
        }
        workload.discard();
        BundleStore.delete(workload.directory());
        workloads.remove(id, workload);
    }

    @Override
    public final CompletableFuture<Void> delete(WorkloadId id) {
        Workload workload = find(id);
        workload.doom();
        return destroy(id, workload);
    }

    private CompletableFuture<Void> destroy(WorkloadId id, Workload workload) {
        CompletableFuture<Void> gone =
                leaving.computeIfAbsent(workload, _ -> CompletableFuture.runAsync(() -> erase(workload), ERASERS));
        workloads.remove(id, workload);
        return gone;
    }

    /** Until it is gone, however long the engine is out of reach. */
    private void erase(Workload workload) {
        try {
            for (boolean told = false; ; told = true) {
                try {
                    workload.destroy();
                    break;
                } catch (RuntimeException e) {
                    if (closed) {
                        LOG.error(
                                "workload {} is deleted by the next runtime",
                                workload.record().id(),
                                e);
                        throw e;
                    }
                    if (!told) {
                        LOG.warn(
                                "workload {} cannot be deleted yet",
                                workload.record().id(),
                                e);
                    }
                    LockSupport.parkNanos(ERASE_AGAIN.toNanos());
                }
            }
            BundleStore.delete(workload.directory());
        } finally {
            leaving.remove(workload);
        }
    }

    /** Waits for what was deleted to be gone; what is not by then is left to the next runtime. */
    private void awaitLeaving() {
        try {
            CompletableFuture.allOf(leaving.values().toArray(CompletableFuture[]::new))
                    .get(LEAVING.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("some of what was deleted is not gone yet: {}", e.toString());
        }
    }

    @Override
    public final void removeVolume(String name) {
        Mount.Volume volume = new Mount.Volume(name, "/volume", false);
        boolean used = workloads.values().stream()
                .anyMatch(w -> w.record().volumes().contains(name)
                        && !w.status().state().ended());
        if (used) {
            throw new WorkloadException.InvalidSpec("volume " + name + " is in use");
        }
        BundleStore.delete(state.resolve("volumes").resolve(volume.name()));
    }

    @Override
    public final ReapReport reap(Predicate<WorkloadStatus> keep) {
        List<WorkloadId> kept = new ArrayList<>();
        List<WorkloadId> ended = new ArrayList<>();
        List<WorkloadId> forgotten = new ArrayList<>();
        for (WorkloadStatus status : list()) {
            if (keep.test(status)) {
                kept.add(status.id());
            } else if (status.state().ended()) {
                remove(status.id());
                forgotten.add(status.id());
            } else {
                stop(status.id(), Duration.ZERO);
                ended.add(status.id());
            }
        }
        sweep(this::known);
        store.sweep(digest -> workloads.values().stream()
                .anyMatch(w -> digest.toString().equals(w.record().digest())));
        return new ReapReport(kept, ended, forgotten);
    }

    /** Stops watching and gives the directory free; backends free what they have open after this. */
    @Override
    public void close() {
        StartCaches starts = caches;
        if (starts != null) {
            starts.close();
        }
        closed = true;
        awaitLeaving();
        workloads.values().forEach(Workload::close);
        close(lock);
    }
}
