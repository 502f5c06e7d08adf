package dev.croft.runtime.watch;

import dev.croft.runtime.Digest;
import dev.croft.runtime.Limits;
import dev.croft.runtime.Mount;
import dev.croft.runtime.Program;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.WorkloadStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * AOT caches (JEP 483, JEP 515) of services that are files and whose command is {@code java}: with one, a cold launch has its classes
 * loaded and linked. After the first launch of a bundle and command one is made beside it, once for this JDK: the very command runs in a
 * sandbox like its launches' and records which classes it uses, behind a door that has only what is made up; then the JDK alone, with
 * none of the service's code running, writes the cache. It is kept where only the router's user writes, under the digest of bundle,
 * command and JDK, and launches of exactly these see it read-only. So a cache holds nothing but what this bundle brought itself, and
 * nothing of an owner. The JVM ignores one that does not fit. A command that the JVM does not take a cache with is launched as it is.
 * Thread-safe.
 */
public final class StartCaches implements AutoCloseable {
    static final String PLACE = "/opt/aot";
    static final String FILE = "app.aot";

    private static final Logger LOG = LoggerFactory.getLogger(StartCaches.class);
    private static final String RECORD = "app.conf";
    private static final long MIB = 1L << 20;
    private static final long LARGEST = 256 * MIB;
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration KEPT_UNUSED = Duration.ofDays(7);
    private static final Duration AGAIN = Duration.ofHours(1);
    private static final Duration STEPS_BACK = Duration.ofMinutes(10);
    /** All caches together; above it those go that were not used for longest. */
    private static final long MOST = 2048 * MIB;
    /** What a machine must have to spare of its memory: a cache is not worth pressing anybody out. */
    private static final long SPARE = 2048 * MIB;
    /**
     * With the sums of its parts checked: without, the JVM finds some damage only when it stumbles over it. What it says when it ignores a
     * cache is not the service's to print.
     */
    private static final List<String> CHECKED =
            List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:+VerifySharedSpaces", "-Xlog:aot*=off", "-Xlog:cds*=off");
    /** Options that the JVM does not take beside a cache, or that name what a cache would come from. */
    private static final List<String> AGAINST = List.of(
            "@",
            "-XX:AOT",
            "-XX:SharedArchiveFile",
            "-XX:SharedClassListFile",
            "-XX:DumpLoadedClassList",
            "-XX:ArchiveClassesAtExit",
            "-XX:Flags=",
            "-XX:VMOptionsFile=",
            "-Xshare",
            "-agent",
            "-javaagent");

    /** What a service is run against to see which classes it uses. */
    public interface Rehearsal {
        /** Whether this service is to have a cache. */
        boolean knows(Program.Files service);

        /** Readies a made-up owner's door for one run of this service. */
        Stage open(Program.Files service) throws IOException;
    }

    /** A door that is a service's until it is closed. */
    public interface Stage extends AutoCloseable {
        /** The directory to mount, with {@code output}. */
        Path door();

        /** As a launch of the service would have it. */
        Map<String, String> environment();

        @Override
        void close() throws IOException;
    }

    private final Path directory;
    private final String java;
    private final Runtime runtime;
    private final Rehearsal rehearsal;
    /** What is being made, or could not be made then, by key. */
    private final Map<String, Instant> tried = new ConcurrentHashMap<>();

    private final ReentrantLock one = new ReentrantLock();
    private volatile boolean closed;
    private volatile @Nullable WorkloadId current;

    /**
     * @param directory where they are kept
     * @param java tells one JDK from another
     */
    StartCaches(Path directory, String java, Runtime runtime, Rehearsal rehearsal) throws IOException {
        this.directory = Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        this.java = java;
        this.runtime = runtime;
        this.rehearsal = rehearsal;
        try (Stream<Path> left = Files.list(directory)) {
            left.filter(path -> path.getFileName().toString().startsWith("new-"))
                    .forEach(BundleStore::delete);
        }
    }

    /** Whether the JVM takes a cache with this command. */
    static boolean suits(List<String> command) {
        return command.size() > 1
                && command.getFirst().equals("java")
                && command.stream().skip(1).noneMatch(word -> AGAINST.stream().anyMatch(word::startsWith));
    }

    /** The launch with its cache, if there is one; else as it is, and one is made for those that follow. */
    WorkloadSpec with(WorkloadSpec spec) {
        if (!(spec.program() instanceof Program.Files service)
                || !suits(service.command())
                || !rehearsal.knows(service)
                || spec.mounts().stream()
                        .anyMatch(mount -> Path.of(mount.target()).startsWith(PLACE))) {
            return spec;
        }
        String key = key(service);
        Path cache = directory.resolve(key);
        if (!Files.isRegularFile(cache.resolve(FILE))) {
            Instant now = Instant.now();
            if (!closed && tried.merge(key, now, (was, _) -> was.plus(AGAIN).isBefore(now) ? now : was) == now) {
                Thread.ofVirtual().name("croft-aot-" + key.substring(0, 12)).start(() -> make(service, spec, key));
            }
            return spec;
        }
        try {
            Files.setLastModifiedTime(cache, FileTime.from(Instant.now()));
        } catch (IOException e) {
            LOG.debug("marking a cache as used", e);
        }
        List<String> options = new ArrayList<>(CHECKED);
        options.addFirst("-XX:AOTCache=" + PLACE + "/" + FILE);
        List<Mount> mounts = new ArrayList<>(spec.mounts());
        mounts.add(new Mount.HostPath(cache, PLACE, false));
        return spec.withProgram(with(service, options)).withMounts(mounts.toArray(Mount[]::new));
    }

    private static Program.Files with(Program.Files service, List<String> options) {
        List<String> command = new ArrayList<>(service.command());
        command.addAll(1, options);
        return new Program.Files(service.directory(), service.digest(), command);
    }

    private String key(Program.Files service) {
        StringBuilder all = new StringBuilder("croft-aot-v1\n" + java + "\n" + service.digest() + "\n");
        service.command()
                .forEach(word ->
                        all.append(word.length()).append(' ').append(word).append('\n'));
        return Digest.of(all.toString().getBytes(StandardCharsets.UTF_8)).hex();
    }

    /** One at a time, as others wait for the processors that it takes. */
    private void make(Program.Files service, WorkloadSpec launch, String key) {
        Path fresh = directory.resolve("new-" + UUID.randomUUID());
        one.lock();
        try {
            if (closed || spareMemory() < SPARE) {
                return; // and is tried again later
            }
            purge();
            Files.createDirectories(fresh.resolve("output"));
            record(service, launch, fresh.resolve(RECORD));
            WorkloadSpec create = launch(
                            launch,
                            with(
                                    service,
                                    List.of(
                                            "-XX:AOTMode=create",
                                            "-XX:AOTConfiguration=/croft/" + RECORD,
                                            "-XX:AOTCache=/croft/output/" + FILE)))
                    .withDoor(fresh);
            WorkloadStatus end = run(create);
            if (end.state() != WorkloadStatus.State.STOPPED) {
                throw new IOException("the JDK ended with " + end.failure());
            }
            Path cache = Files.createDirectory(fresh.resolve("cache"));
            copy(fresh.resolve("output").resolve(FILE), cache.resolve(FILE));
            Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.move(cache, directory.resolve(key), StandardCopyOption.ATOMIC_MOVE);
            tried.remove(key);
            LOG.info("launches of {} have an AOT cache from now on", service.digest());
        } catch (IOException | RuntimeException e) {
            if (!closed) {
                LOG.info("launches of {} have no AOT cache: {}", service.digest(), e.toString());
            }
        } finally {
            BundleStore.delete(fresh);
            one.unlock();
        }
    }

    /** However the service ends, what it used until then counts. */
    private void record(Program.Files service, WorkloadSpec launch, Path to) throws IOException {
        try (Stage stage = rehearsal.open(service)) {
            run(launch(
                            launch,
                            with(
                                    service,
                                    List.of("-XX:AOTMode=record", "-XX:AOTConfiguration=/croft/output/" + RECORD)))
                    .withDoor(stage.door())
                    .withEnvironment(stage.environment()));
            copy(stage.door().resolve("output").resolve(RECORD), to);
        }
    }

    private static WorkloadSpec launch(WorkloadSpec like, Program.Files program) {
        Limits limits = like.limits();
        return WorkloadSpec.of(WorkloadId.random("aot"), program)
                .withLimits(limits.withWallClock(PATIENCE.multipliedBy(3))
                        .withOutputBytes(LARGEST)
                        .withMemoryBytes(Math.max(limits.memoryBytes(), 768 * MIB)))
                .withPlacing(like.placing());
    }

    /** Until nothing of it runs any more. */
    private WorkloadStatus run(WorkloadSpec spec) throws IOException {
        WorkloadId id = spec.id();
        current = id;
        try {
            if (closed) {
                throw new IOException("closed");
            }
            runtime.launch(spec);
            if (closed) {
                throw new IOException("closed");
            }
            try {
                return runtime.awaitEnd(id, PATIENCE);
            } catch (WorkloadException.TimedOut e) {
                runtime.stop(id, PATIENCE); // what goes on by itself writes down what it used when it is asked to end
                return runtime.inspect(id);
            }
        } finally {
            end(id);
            current = null;
        }
    }

    private void end(WorkloadId id) throws IOException {
        try {
            runtime.delete(id).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (WorkloadException.Unknown e) {
            LOG.debug("workload {} is gone already", id);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("a rehearsal does not end", e);
        }
    }

    /** Deletes what was not used for long, and what is too much; never what a launch may just be about to use. */
    private void purge() throws IOException {
        Instant now = Instant.now();
        List<Path> caches;
        try (Stream<Path> all = Files.list(directory)) {
            caches = all.filter(cache -> Files.isRegularFile(cache.resolve(FILE)))
                    .sorted(Comparator.comparing(StartCaches::used).reversed())
                    .toList();
        }
        long total = 0;
        for (Path cache : caches) {
            total += Files.size(cache.resolve(FILE));
            Instant used = used(cache);
            if (used.plus(KEPT_UNUSED).isBefore(now)
                    || total > MOST && used.plus(STEPS_BACK).isBefore(now)) {
                BundleStore.delete(cache);
            }
        }
        tried.values().removeIf(then -> then.plus(AGAIN).isBefore(now));
    }

    private static Instant used(Path cache) {
        return Instant.ofEpochMilli(cache.toFile().lastModified());
    }

    /** What the machine has available; all that one can want where it does not say. */
    private static long spareMemory() throws IOException {
        Path told = Path.of("/proc/meminfo");
        if (!Files.isReadable(told)) {
            return Long.MAX_VALUE;
        }
        return Files.readAllLines(told).stream()
                .filter(line -> line.startsWith("MemAvailable:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
                .findFirst()
                .orElse(Long.MAX_VALUE);
    }

    /** What a sandbox left, as a file of ours: it keeps no right to change it. */
    private static void copy(Path left, Path to) throws IOException {
        // Nothing runs any more that could put a pipe in its place after this look.
        if (!Files.isRegularFile(left, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException("nothing was written");
        }
        try (InputStream in = Files.newInputStream(left, LinkOption.NOFOLLOW_LINKS);
                FileChannel file = FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            OutputStream out = Channels.newOutputStream(file);
            byte[] buffer = new byte[1 << 16];
            long total = 0;
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                total += n;
                if (total > LARGEST) {
                    throw new IOException("over " + LARGEST + " bytes");
                }
                out.write(buffer, 0, n);
            }
            file.force(true); // a machine that stops leaves all of it or none under its name
        }
        Files.setPosixFilePermissions(to, PosixFilePermissions.fromString("r--r--r--"));
    }

    /** Begins no more, and ends what is under way. */
    @Override
    public void close() {
        closed = true;
        WorkloadId running = current;
        if (running != null) {
            try {
                end(running);
            } catch (IOException | RuntimeException e) {
                LOG.warn("a rehearsal is left to the next runtime", e);
            }
        }
    }
}
