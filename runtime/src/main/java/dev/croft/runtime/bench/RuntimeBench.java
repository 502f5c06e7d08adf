package dev.croft.runtime.bench;

import dev.croft.runtime.Bundle;
import dev.croft.runtime.HealthCheck;
import dev.croft.runtime.Program;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.docker.DockerRuntime;
import dev.croft.runtime.image.JavaImage;
import dev.croft.runtime.kubernetes.KubernetesRuntime;
import dev.croft.runtime.pool.Kind;
import dev.croft.runtime.pool.WarmPool;
import dev.croft.runtime.process.ProcessRuntime;
import dev.croft.runtime.watch.WatchedRuntime;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;

/**
 * Launching a small Java service until it calls at its door, cold and from a warm pool, pausing, resuming and deleting it; turn by turn with
 * the engine's own commands doing the same.
 */
public final class RuntimeBench {
    /** Of the virtual machine, as Croft's own services have them. */
    static final List<String> OPTIONS =
            List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx64m");

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String WARM = "WARM";
    private static final List<String> WHAT = List.of(
            "launch, cold", "launch, warm", "pause", "resume", "delete, acknowledged", "delete, until nothing is left");

    private final WarmPool pool;
    private final Program program;
    private final Bare bare;
    private final Path scratch;
    private final Map<String, List<Double>> millis = new TreeMap<>();

    private RuntimeBench(WatchedRuntime runtime, Program program, Bare bare, Path scratch) {
        this.program = program;
        this.bare = bare;
        this.scratch = scratch;
        this.pool = new WarmPool(
                runtime,
                scratch.resolve("w"),
                Kind.services(spec -> spec.environment().containsKey(WARM)),
                new WarmPool.Bounds(1, 1, 1),
                InstantSource.system());
    }

    /**
     * What was measured.
     *
     * @param backend the runtime's name for itself
     * @param what such as {@code pause}
     * @param median of ours, milliseconds
     * @param slowest of ours, milliseconds
     * @param bare median of the engine's own command doing the same, milliseconds; {@code null} if it has none
     * @param command that command
     */
    public record Figure(
            String backend,
            String what,
            double median,
            double slowest,
            @Nullable Double bare,
            String command) {}

    /** Measures the process backend against bubblewrap; {@code scratch} has a short path. */
    public static List<Figure> process(Path scratch, int rounds) throws Exception {
        Path classes = classes(scratch);
        List<String> command = new ArrayList<>(List.of("java"));
        command.addAll(OPTIONS);
        command.addAll(List.of("-cp", "/app", Caller.class.getName()));
        Program program = new Program.Files(classes, Bundle.digest(classes), command);
        return new RuntimeBench(
                        ProcessRuntime.open(scratch.resolve("p")), program, new BareBubblewrap(classes), scratch)
                .run(rounds);
    }

    /** Measures the Docker backend against the {@code docker} command; builds an image first. */
    public static List<Figure> docker(Path scratch, int rounds) throws Exception {
        Path archive = scratch.resolve("caller.tar");
        Program.Image image = image(scratch, archive);
        DockerRuntime runtime = DockerRuntime.open(scratch.resolve("d"), DockerRuntime.Options.DEFAULT);
        runtime.loadIfAbsent(image, archive);
        return new RuntimeBench(runtime, image, new BareDocker(image), scratch).run(rounds);
    }

    /** Measures the Kubernetes backend, on the cluster that {@code KUBECONFIG} names, against pods made and deleted through its API. */
    public static List<Figure> kubernetes(Path scratch, int rounds) throws Exception {
        Path archive = scratch.resolve("caller.tar");
        Program.Image image = image(scratch, archive);
        Path real = scratch.toRealPath();
        KubernetesRuntime runtime = KubernetesRuntime.open(scratch.resolve("k"), KubernetesRuntime.Options.of(real));
        runtime.loadIfAbsent(image, archive);
        try (BareKubernetes bare = new BareKubernetes(runtime.namespace(), real)) {
            return new RuntimeBench(runtime, image, bare, real).run(rounds);
        }
    }

    private static Program.Image image(Path scratch, Path archive) throws Exception {
        Path jar = scratch.resolve("caller.jar");
        Path classes = classes(scratch);
        String entry = entry();
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new ZipEntry(entry));
            Files.copy(classes.resolve(entry), out);
        }
        return JavaImage.write(
                new JavaImage.Contents(
                        "croft/bench", List.of("java.base"), List.of(jar), Caller.class.getName(), OPTIONS),
                archive);
    }

    private static String entry() {
        return Caller.class.getName().replace('.', '/') + ".class";
    }

    private static Path classes(Path scratch) throws IOException {
        Path file = scratch.resolve("c").resolve(entry());
        Files.createDirectories(file.resolveSibling("."));
        try (InputStream in = Caller.class.getResourceAsStream("/" + entry())) {
            Files.write(file, Objects.requireNonNull(in).readAllBytes());
        }
        return scratch.resolve("c");
    }

    private interface Step {
        void run() throws Exception;
    }

    private void time(String what, Step step) throws Exception {
        long start = System.nanoTime();
        step.run();
        note(what, (System.nanoTime() - start) / 1e6);
    }

    private void note(String what, double took) {
        millis.computeIfAbsent(what, _ -> new ArrayList<>()).add(took);
    }

    private List<Figure> run(int rounds) throws Exception {
        try (pool) {
            round(0); // to have everything compiled and cached, ours and theirs
            millis.clear();
            for (int i = 1; i <= rounds; i++) {
                round(i);
            }
            List<Figure> figures = new ArrayList<>();
            for (String what : WHAT) {
                String theirs = "bare " + what.replace("launch, cold", "launch").replace("launch, warm", "launch");
                List<Double> ours = sorted(what);
                List<Double> others = sorted(theirs);
                figures.add(new Figure(
                        pool.enforcement().backend(),
                        what,
                        ours.get(ours.size() / 2),
                        ours.getLast(),
                        others.isEmpty() ? null : others.get(others.size() / 2),
                        bare.name()));
            }
            pool.reap(status -> false);
            return figures;
        }
    }

    private List<Double> sorted(String what) {
        return millis.getOrDefault(what, List.of()).stream().sorted().toList();
    }

    /** Each once; who begins alternates. */
    private void round(int number) throws Exception {
        List<Step> steps =
                new ArrayList<>(List.of(() -> ours("launch, cold", Map.of(), number), () -> theirs(number), () -> {
                    while (number > 0 && pool.waiting() == 0) {
                        LockSupport.parkNanos(5_000_000);
                    }
                    ours("launch, warm", Map.of(WARM, "1"), number);
                }));
        if (number % 2 == 1) {
            steps = steps.reversed();
        }
        for (Step step : steps) {
            step.run();
        }
    }

    private void ours(String what, Map<String, String> environment, int number) throws Exception {
        WorkloadSpec spec = WorkloadSpec.of(WorkloadId.random("bench"), program)
                .withEnvironment(environment)
                .withHealth(HealthCheck.atStart());
        try (Door door = new Door(scratch.resolve("o" + environment.size() + number))) {
            time(what, () -> {
                pool.launch(spec.withDoor(door.directory));
                door.await();
            });
            pool.awaitHealthy(spec.id(), SOON);
            time("pause", () -> pool.pause(spec.id()));
            time("resume", () -> pool.resume(spec.id()));
            bare.like(spec.id());
            time("delete, until nothing is left", () -> {
                List<CompletableFuture<Void>> gone = new ArrayList<>();
                time("delete, acknowledged", () -> gone.add(pool.delete(spec.id())));
                gone.getFirst().get();
            });
        }
    }

    private void theirs(int number) throws Exception {
        String id = WorkloadId.random("bare").value();
        try (Door door = new Door(scratch.resolve("b" + number))) {
            time("bare launch", () -> {
                bare.start(id, door.directory);
                door.await();
            });
            if (bare.pauses()) {
                time("bare pause", () -> bare.pause(id));
                time("bare resume", () -> bare.resume(id));
            }
            long start = System.nanoTime();
            List<Double> acknowledged = new ArrayList<>();
            bare.delete(id, () -> acknowledged.add((System.nanoTime() - start) / 1e6));
            double gone = (System.nanoTime() - start) / 1e6;
            note("bare delete, acknowledged", acknowledged.isEmpty() ? gone : acknowledged.getFirst());
            note("bare delete, until nothing is left", gone);
        }
    }

    /** A door at which nobody asks anything: who comes is kept on the line until it is closed. */
    private static final class Door implements AutoCloseable {
        final Path directory;
        private final ServerSocketChannel server;
        private final List<SocketChannel> lines = new ArrayList<>();

        Door(Path directory) throws IOException {
            this.directory = Files.createDirectory(directory);
            Files.createDirectory(directory.resolve("output"));
            server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(directory.resolve("door.sock")));
        }

        void await() throws IOException {
            lines.add(server.accept());
        }

        @Override
        public void close() throws IOException {
            for (SocketChannel line : lines) {
                line.close();
            }
            server.close();
        }
    }
}
