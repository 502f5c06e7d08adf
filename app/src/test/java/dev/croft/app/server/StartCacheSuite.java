package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.croft.mobility.service.CountService;
import dev.croft.runtime.Bundle;
import dev.croft.runtime.Program;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.WorkloadStatus;
import dev.croft.runtime.image.JavaImage;
import dev.croft.runtime.watch.StartCaches;
import dev.croft.runtime.watch.WatchedRuntime;
import dev.croft.vault.store.DurableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Cold launches of a real service with an AOT cache and without, on some backend. {@code -Dcroft.rounds=N} launches N of each, turn by
 * turn, and prints the medians.
 */
abstract class StartCacheSuite {
    private static final Duration SOON = Duration.ofMinutes(3);
    private static final String CLASS = CountService.class.getName() + " source: ";

    private Path home = Path.of("");

    /** Opens the backend. */
    abstract WatchedRuntime open(Path home, String state) throws Exception;

    @BeforeEach
    void make() throws IOException {
        home = Files.createTempDirectory(Path.of("/tmp"), "aot");
    }

    @AfterEach
    void clear() throws IOException {
        DurableFile.deleteTree(home);
    }

    /** The mobility room and its libraries as jars. */
    static List<Path> jars(Path into) throws IOException {
        Files.createDirectories(into);
        for (Path part : Installation.ofThisProcess().mobilityClassPath()) {
            if (Files.isRegularFile(part)) {
                Files.copy(part, into.resolve(part.getFileName()));
                continue;
            }
            try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(into.resolve("mobility.jar")));
                    Stream<Path> files = Files.walk(part.resolve("dev/croft/mobility"))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    jar.putNextEntry(new JarEntry(part.relativize(file).toString()));
                    Files.copy(file, jar);
                }
            }
        }
        try (Stream<Path> all = Files.list(into)) {
            return all.sorted().toList();
        }
    }

    /** An image with a JDK that services given as files run on. */
    static Program.Image base(Path archive, Path scratch) throws IOException {
        return JavaImage.write(
                new JavaImage.Contents(
                        "croft/aot-test",
                        List.of("java.base", "java.logging", "java.net.http", "java.xml", "jdk.net", "jdk.unsupported"),
                        jars(scratch),
                        CountService.class.getName(),
                        List.of()),
                archive);
    }

    private Program.Files service() throws IOException {
        Path bundle = home.resolve("bundle");
        String classPath = jars(bundle.resolve("lib")).stream()
                .map(jar -> "/app/lib/" + jar.getFileName())
                .collect(Collectors.joining(":"));
        return new Program.Files(
                bundle,
                Bundle.digest(bundle),
                List.of(
                        "java",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx320m",
                        "-Xlog:class+load:file=/croft/output/loads",
                        "-cp",
                        classPath,
                        CountService.class.getName()));
    }

    /** Launches it behind a door of its own; where its main class came from. */
    private String from(WatchedRuntime runtime, Program.Files service, List<Double> millis) throws Exception {
        try (StartCaches.Stage stage =
                new ServiceRehearsal(home.resolve("q"), Set.of(service.digest().toString())).open(service)) {
            WorkloadId id = WorkloadId.random("s");
            long begin = System.nanoTime();
            runtime.launch(WorkloadSpec.of(id, service).withDoor(stage.door()).withEnvironment(stage.environment()));
            WorkloadStatus end = runtime.awaitEnd(id, SOON);
            millis.add((System.nanoTime() - begin) / 1e6);
            String log = new String(runtime.logs(id, false).readAllBytes(), StandardCharsets.UTF_8);
            assertThat(end.state()).as(log).isEqualTo(WorkloadStatus.State.STOPPED);
            assertThat(log).isEmpty();
            Path output = stage.door().resolve("output");
            assertThat(output.resolve("count.json")).hasContent("{\"count\": 1}");
            runtime.remove(id);
            try (Stream<String> loads = Files.lines(output.resolve("loads"))) {
                return loads.filter(line -> line.contains(CLASS))
                        .map(line -> line.substring(line.indexOf(CLASS) + CLASS.length()))
                        .collect(Collectors.joining());
            }
        }
    }

    private Optional<Path> cache(String state) throws IOException {
        try (Stream<Path> all = Files.walk(home.resolve(state).resolve("aot"), 2)) {
            return all.filter(file -> file.endsWith("app.aot")
                            && !String.valueOf(file.getParent()).contains("new-"))
                    .findFirst();
        }
    }

    @Test
    void theSecondLaunchHasAnAotCacheThatTheFirstHadMadeAndOneThatIsDamagedIsIgnored() throws Exception {
        Program.Files service = service();
        try (WatchedRuntime runtime = open(home, "s")) {
            runtime.cacheStarts(new ServiceRehearsal(
                    home.resolve("r"), Set.of(service.digest().toString())));
            assertThat(from(runtime, service, new ArrayList<>())).startsWith("file:");
            await().atMost(SOON).until(() -> cache("s").isPresent());
            assertThat(from(runtime, service, new ArrayList<>())).startsWith("shared objects file");
            measure(runtime, service, Integer.getInteger("croft.rounds", 0));
            Path cache = cache("s").orElseThrow();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(cache)))
                    .isEqualTo("r--r--r--");
            Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rw-r--r--"));
            try (FileChannel file = FileChannel.open(cache, StandardOpenOption.WRITE)) {
                file.write(ByteBuffer.allocate(4096), file.size() / 2 / 4096 * 4096);
                assertThat(from(runtime, service, new ArrayList<>())).startsWith("file:");
                file.truncate(file.size() / 3);
            }
            assertThat(from(runtime, service, new ArrayList<>())).startsWith("file:");
            runtime.list()
                    .forEach(workload -> assertThat(workload.state().ended()).isTrue());
        }
    }

    @Test
    void aRuntimeThatClosesEndsTheRehearsalUnderWay() throws Exception {
        Program.Files service = service();
        try (WatchedRuntime runtime = open(home, "s")) {
            runtime.cacheStarts(new ServiceRehearsal(
                    home.resolve("r"), Set.of(service.digest().toString())));
            assertThat(from(runtime, service, new ArrayList<>())).startsWith("file:");
            await().atMost(SOON).until(() -> rehearsed(runtime));
        }
        await().atMost(SOON).untilAsserted(() -> assertThat(home.resolve("r")).isEmptyDirectory());
        try (WatchedRuntime next = open(home, "s")) {
            assertThat(rehearsed(next)).isFalse();
            assertThat(cache("s")).isEmpty();
        }
    }

    private static boolean rehearsed(WatchedRuntime runtime) {
        return runtime.list().stream()
                .anyMatch(workload -> workload.id().value().startsWith("aot"));
    }

    private void measure(WatchedRuntime runtime, Program.Files service, int rounds) throws Exception {
        if (rounds == 0) {
            return;
        }
        List<Double> with = new ArrayList<>();
        List<Double> without = new ArrayList<>();
        try (WatchedRuntime plain = open(home, "p")) {
            for (int i = 0; i < rounds; i++) {
                assertThat(from(plain, service, without)).startsWith("file:");
                assertThat(from(runtime, service, with)).startsWith("shared objects file");
            }
        }
        System.out.printf(
                "cold launch until its end, %s, median of %d: %.0f ms with an AOT cache, %.0f ms without%n",
                runtime.enforcement().backend(), rounds, median(with), median(without));
    }

    private static double median(List<Double> all) {
        return all.stream().sorted().toList().get(all.size() / 2);
    }
}
