package dev.croft.runtime.process;

import dev.croft.runtime.Digest;
import dev.croft.runtime.Enforcement;
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
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs workloads as processes of this machine, in a bubblewrap sandbox where that works, and says at start what it
 * cannot hold them to. All it knows is in one directory, which one runtime at a time may have open; thread-safe.
 */
public final class ProcessRuntime implements Runtime {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessRuntime.class);
    private static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));

    /**
     * How to open.
     *
     * @param requireIsolation whether to refuse to open where services would not be isolated
     * @param sandbox whether to use bubblewrap if it is there
     */
    public record Options(boolean requireIsolation, boolean sandbox) {
        /** Bubblewrap if it is there, else without, as the report then says. */
        public static final Options DEFAULT = new Options(false, true);
    }

    private final Path state;
    private final FileChannel lock;
    private final Enforcement enforcement;
    private final Sandbox sandbox;
    private final Cgroups groups;
    private final BundleStore store;
    private final LogPump pump = new LogPump();
    private final ConcurrentSkipListMap<WorkloadId, Workload> workloads = new ConcurrentSkipListMap<>();
    private volatile boolean closed;

    private ProcessRuntime(Path state, FileChannel lock, Options options) throws IOException {
        this.state = state;
        this.lock = lock;
        Files.createDirectories(state.resolve("workloads"));
        Files.createDirectories(state.resolve("volumes"));
        this.store = new BundleStore(state.resolve("store"));
        this.groups = Cgroups.open("croft-"
                + Digest.of(state.toString().getBytes(StandardCharsets.UTF_8))
                        .hex()
                        .substring(0, 12));
        Optional<byte[]> filter = Seccomp.filter(System.getProperty("os.arch"));
        Path filterFile = Bubblewrap.filter(state.resolve("workloads/any"));
        if (filter.isPresent()) {
            Files.write(filterFile, filter.get());
        }
        Found found = find(options);
        this.sandbox = found.sandbox();
        this.enforcement = Guarantees.of(found.name(), found.whyNot(), groups, filter.isPresent());
        if (options.requireIsolation() && !enforcement.isolated()) {
            throw new WorkloadException.IsolationUnavailable(enforcement);
        }
        enforcement.missing().forEach(item -> LOG.warn("{}: {}", enforcement.backend(), item));
        adopt();
    }

    /** Opens with {@link Options#DEFAULT}. */
    public static ProcessRuntime open(Path state) {
        return open(state, Options.DEFAULT);
    }

    /**
     * Opens the runtime whose state is in this directory, made if it is not there, and takes up the workloads that an
     * earlier one left.
     *
     * @throws WorkloadException.IsolationUnavailable if isolation is required and not to be had
     * @throws WorkloadException.Backend if another runtime has the directory open, or it cannot be used
     */
    public static ProcessRuntime open(Path state, Options options) {
        FileChannel lock = null;
        try {
            Path real = Files.createDirectories(state.toAbsolutePath()).toRealPath();
            Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rwx------"));
            lock = FileChannel.open(real.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (lock.tryLock() == null) {
                throw new OverlappingFileLockException();
            }
            return new ProcessRuntime(real, lock, options);
        } catch (OverlappingFileLockException e) {
            closeQuietly(lock);
            throw new WorkloadException.Backend("another runtime has " + state + " open");
        } catch (IOException e) {
            closeQuietly(lock);
            throw new WorkloadException.Backend("cannot open " + state, e);
        } catch (WorkloadException e) {
            closeQuietly(lock);
            throw e;
        }
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            LOG.debug("closing the lock", e);
        }
    }

    private record Found(Sandbox sandbox, String name, String whyNot) {}

    private Found find(Options options) throws IOException {
        if (!options.sandbox()) {
            return new Found(new Unwrapped(), "", "switched off");
        }
        Optional<Path> program = Stream.of("/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst();
        if (program.isEmpty()) {
            return new Found(new Unwrapped(), "", "bubblewrap is not installed (package bubblewrap)");
        }
        try {
            boolean nproc = !groups.limitsPids() && Posix.uid() != 0;
            Bubblewrap bubblewrap = Bubblewrap.open(program.get(), state, JAVA_HOME, nproc);
            String problem = bubblewrap.trial();
            return problem.isEmpty()
                    ? new Found(bubblewrap, "bubblewrap", "")
                    : new Found(new Unwrapped(), "", "bubblewrap does not work here: " + problem);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WorkloadException.Backend("interrupted", e);
        }
    }

    private void adopt() throws IOException {
        try (Stream<Path> directories = Files.list(state.resolve("workloads"))) {
            for (Path directory : directories.filter(Files::isDirectory).toList()) {
                Optional<Record> record = Record.read(directory);
                if (record.isEmpty()) {
                    BundleStore.delete(directory); // a launch that had not begun
                    continue;
                }
                Workload workload = new Workload(directory, record.get());
                workloads.put(new WorkloadId(record.get().id()), workload);
                if (!workload.status().state().ended()) {
                    workload.watch(null, pump);
                }
            }
        }
        groups.sweep(name ->
                workloads.values().stream().anyMatch(w -> w.record().id().equals(name)));
    }

    @Override
    public Enforcement enforcement() {
        return enforcement;
    }

    @Override
    public WorkloadId launch(WorkloadSpec spec) {
        if (closed) {
            throw new WorkloadException.Backend("the runtime is closed");
        }
        Optional<Path> files = switch (spec.program()) {
            case Program.Files f -> Optional.of(store.fetch(f));
            case Program.HostCommand _ -> Optional.empty();
            case Program.Image _ -> throw new WorkloadException.InvalidSpec("processes run files, not images");
        };
        Path directory = state.resolve("workloads").resolve(spec.id().value());
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            throw new WorkloadException.Exists(spec.id());
        } catch (IOException e) {
            throw new WorkloadException.Backend("cannot launch", e);
        }
        try {
            start(spec, directory, files);
            return spec.id();
        } catch (IOException | RuntimeException e) {
            Workload failed = workloads.remove(spec.id());
            if (failed != null) {
                failed.close();
                failed.tree().kill();
                failed.tree().group().delete();
            }
            BundleStore.delete(directory);
            throw e instanceof WorkloadException known ? known : new WorkloadException.Backend("cannot launch", e);
        }
    }

    private void start(WorkloadSpec spec, Path directory, Optional<Path> files) throws IOException {
        String mark = UUID.randomUUID().toString();
        Map<String, Path> sources = new HashMap<>();
        List<String> volumes = new ArrayList<>();
        for (Mount mount : spec.mounts()) {
            sources.put(mount.target(), source(mount, volumes));
        }
        if (spec.door().isPresent() && !Files.isDirectory(spec.door().get())) {
            throw new WorkloadException.InvalidSpec("the door is not a directory");
        }
        Map<String, String> environment = Sandbox.environment(spec, mark, JAVA_HOME);
        Sandbox.Launch launch = new Sandbox.Launch(spec, directory, files, sources, environment);
        Limits limits = spec.limits();
        Cgroup group = groups.create(spec.id(), limits, sandbox.ownPids());
        long now = System.currentTimeMillis();
        Record record = new Record(
                spec.id().value(),
                spec.labels(),
                spec.program() instanceof Program.Files f ? f.digest().toString() : null,
                now,
                limits.wallClock().equals(Limits.FOREVER) ? -1 : deadline(now, limits.wallClock()),
                launch.hasOutput() ? spec.door().orElseThrow().resolve("output").toString() : null,
                limits.outputBytes(),
                limits.logBytes(),
                Probe.of(spec.health(), launch::onHost),
                spec.network() instanceof Network.Listening(int port) ? port : 0,
                group.directories().stream().map(Path::toString).toList(),
                volumes,
                Proc.bootId(),
                mark,
                sandbox instanceof Bubblewrap);
        record.write(directory);
        if (!Posix.mkfifo(directory.resolve("out"))) {
            throw new IOException("cannot make the log pipe");
        }
        if (sandbox instanceof Unwrapped) {
            for (Path scratch : Unwrapped.scratch(directory)) {
                Files.createDirectory(scratch);
            }
        }
        Workload workload = new Workload(directory, record);
        workloads.put(spec.id(), workload);
        workload.readLog(pump);
        ProcessBuilder builder = new ProcessBuilder(words(launch, group));
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/local/bin:/usr/bin:/bin");
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("launch.log").toFile()));
        workload.watch(builder.start(), pump);
    }

    private static long deadline(long now, Duration limit) {
        return limit.compareTo(Duration.ofDays(36_500)) > 0 ? -1 : now + limit.toMillis();
    }

    private List<String> words(Sandbox.Launch launch, Cgroup group) {
        Limits limits = launch.spec().limits();
        boolean writes = launch.spec().mounts().stream().anyMatch(Mount::writable);
        Path filter = Bubblewrap.filter(launch.directory());
        List<String> words = new ArrayList<>(List.of("/usr/bin/setsid", "/bin/sh", "-c", sandbox.script(), "croft"));
        words.add(launch.directory().toString());
        words.add(Files.exists(filter) ? filter.toString() : "");
        words.add(groups.limitsMemory() ? "-" : Long.toString(limits.memoryBytes() >> 10));
        // 512-byte blocks; volumes and mounts of Croft's own parts may hold large files
        words.add(writes ? "-" : Long.toString((Math.max(limits.scratchBytes(), limits.outputBytes()) >> 9) + 2048));
        group.directories().forEach(d -> words.add(d.resolve("cgroup.procs").toString()));
        words.add("--");
        words.addAll(sandbox.command(launch));
        return words;
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
    public WorkloadStatus inspect(WorkloadId id) {
        return find(id).status();
    }

    @Override
    public List<WorkloadStatus> list() {
        return workloads.values().stream().map(Workload::status).toList();
    }

    @Override
    public WorkloadStatus awaitHealthy(WorkloadId id, Duration timeout) {
        return find(id).await(s -> s.healthy() || s.state().ended(), timeout, "health");
    }

    @Override
    public WorkloadStatus awaitEnd(WorkloadId id, Duration timeout) {
        return find(id).await(s -> s.state().ended(), timeout, "its end");
    }

    @Override
    public InputStream logs(WorkloadId id, boolean follow) {
        return find(id).logs(follow);
    }

    @Override
    public void pause(WorkloadId id) {
        find(id).pause(true);
    }

    @Override
    public void resume(WorkloadId id) {
        find(id).pause(false);
    }

    @Override
    public void stop(WorkloadId id, Duration grace) {
        find(id).stop(grace);
    }

    @Override
    public void remove(WorkloadId id) {
        Workload workload = find(id);
        if (!workload.status().state().ended()) {
            throw new WorkloadException.WrongState(workload.status(), "remove");
        }
        workload.tree().group().delete();
        workload.close();
        BundleStore.delete(state.resolve("workloads").resolve(id.value()));
        workloads.remove(id, workload);
    }

    @Override
    public void removeVolume(String name) {
        boolean used = workloads.values().stream()
                .anyMatch(w -> w.record().volumes().contains(name)
                        && !w.status().state().ended());
        if (used) {
            throw new WorkloadException.InvalidSpec("volume " + name + " is in use");
        }
        BundleStore.delete(state.resolve("volumes").resolve(new Mount.Volume(name, "/volume", false).name()));
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
                remove(status.id());
                forgotten.add(status.id());
            } else {
                stop(status.id(), Duration.ZERO);
                ended.add(status.id());
            }
        }
        groups.sweep(name ->
                workloads.values().stream().anyMatch(w -> w.record().id().equals(name)));
        store.sweep(digest -> workloads.values().stream()
                .anyMatch(w -> digest.toString().equals(w.record().digest())));
        return new ReapReport(kept, ended, forgotten);
    }

    @Override
    public void close() {
        closed = true;
        workloads.values().forEach(Workload::close);
        pump.close();
        groups.close();
        closeQuietly(lock);
    }
}
