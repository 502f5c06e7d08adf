package dev.croft.runtime.process;

import dev.croft.runtime.Enforcement;
import dev.croft.runtime.Limits;
import dev.croft.runtime.Mount;
import dev.croft.runtime.Program;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.watch.Body;
import dev.croft.runtime.watch.Launch;
import dev.croft.runtime.watch.Record;
import dev.croft.runtime.watch.WatchedRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Runs workloads as processes of this machine, in a bubblewrap sandbox where that works, and says at start what it
 * cannot hold them to. All it knows is in one directory, which one runtime at a time may have open; thread-safe.
 */
public final class ProcessRuntime extends WatchedRuntime {
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

    private final Enforcement enforcement;
    private final Sandbox sandbox;
    private final Cgroups groups;
    private final LogPump pump = new LogPump();

    private ProcessRuntime(Path directory, Options options) {
        super(directory);
        try {
            groups = Cgroups.open("croft-" + nameOf(state()));
            Optional<byte[]> filter = Seccomp.filter(System.getProperty("os.arch"));
            if (filter.isPresent()) {
                Files.write(Bubblewrap.filter(state().resolve("workloads/any")), filter.get());
            }
            Found found = find(options);
            sandbox = found.sandbox();
            enforcement = Guarantees.of(found.name(), found.whyNot(), groups, filter.isPresent());
            if (options.requireIsolation() && !enforcement.isolated()) {
                throw new WorkloadException.IsolationUnavailable(enforcement);
            }
            adopt();
        } catch (IOException e) {
            close();
            throw new WorkloadException.Backend("cannot open " + directory, e);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
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
        return new ProcessRuntime(state, options);
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
            Bubblewrap bubblewrap = Bubblewrap.open(program.get(), state(), JAVA_HOME, nproc);
            String problem = bubblewrap.trial();
            return problem.isEmpty()
                    ? new Found(bubblewrap, Bubblewrap.says(program.get(), "--version"), "")
                    : new Found(new Unwrapped(), "", "bubblewrap does not work here: " + problem);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WorkloadException.Backend("interrupted", e);
        }
    }

    @Override
    public Enforcement enforcement() {
        return enforcement;
    }

    @Override
    protected Optional<String> java() {
        return Optional.of(System.getProperty("java.vm.version") + " " + JAVA_HOME);
    }

    @Override
    protected void check(WorkloadSpec spec) {
        spec.placing().refuse("processes");
        if (spec.program() instanceof Program.Image) {
            throw new WorkloadException.InvalidSpec("processes run files, not images");
        }
    }

    @Override
    protected Map<String, String> prepare(Launch launch) throws IOException {
        if (sandbox instanceof Unwrapped) {
            for (Path scratch : Unwrapped.scratch(launch.directory())) {
                Files.createDirectory(scratch);
            }
        }
        Cgroup group = groups.create(launch.spec().id(), launch.spec().limits(), sandbox.ownPids());
        return Map.of(
                Tree.GROUPS,
                group.directories().stream().map(Path::toString).collect(Collectors.joining("\n")),
                Tree.BOOT,
                Proc.bootId(),
                Tree.MARK,
                UUID.randomUUID().toString(),
                Tree.SANDBOXED,
                Boolean.toString(sandbox instanceof Bubblewrap));
    }

    @Override
    protected Body body(Path directory, Record record) throws IOException {
        return new ProcessBody(directory, record, pump, launch -> words(launch, record));
    }

    private List<String> words(Launch launch, Record record) {
        Limits limits = launch.spec().limits();
        boolean writes = launch.spec().mounts().stream().anyMatch(Mount::writable);
        Path filter = Bubblewrap.filter(launch.directory());
        List<String> words = new ArrayList<>(List.of("/usr/bin/setsid", "/bin/sh", "-c", sandbox.script(), "croft"));
        words.add(launch.directory().toString());
        words.add(Files.exists(filter) ? filter.toString() : "");
        words.add(groups.limitsMemory() ? "-" : Long.toString(limits.memoryBytes() >> 10));
        // 512-byte blocks; volumes and mounts of Croft's own parts may hold large files
        words.add(writes ? "-" : Long.toString((Math.max(limits.scratchBytes(), limits.outputBytes()) >> 9) + 2048));
        Tree.groups(record.backend())
                .directories()
                .forEach(d -> words.add(d.resolve("cgroup.procs").toString()));
        words.add("--");
        Map<String, String> environment = launch.environment();
        environment.putIfAbsent("PATH", "/app/bin:" + JAVA_HOME + "/bin:/usr/local/bin:/usr/bin:/bin");
        environment.putIfAbsent("JAVA_HOME", JAVA_HOME.toString());
        environment.put("CROFT_WORKLOAD", Tree.mark(record.backend()));
        words.addAll(sandbox.command(launch, environment));
        return words;
    }

    @Override
    protected void sweep(Predicate<String> known) {
        groups.sweep(known);
    }

    @Override
    public void close() {
        super.close();
        pump.close();
        groups.close();
    }
}
