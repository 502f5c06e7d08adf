package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.croft.app.Main;
import dev.croft.router.RouterClient;
import dev.croft.router.RouterConfig;
import dev.croft.router.tls.Tls;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code croft up} as a process that can be killed and started again at the same port. What runs are the jars that were packaged, with
 * their AOT caches, if no source is newer, else the classes of the test.
 */
final class UpProcess implements AutoCloseable {
    private static final int LAST_LINES = 100;
    private static final Duration STARTS_WITHIN = Duration.ofMinutes(3);

    private final Home home;
    private final String backend;
    private final Path log;
    private final List<String> code;
    private final List<String> options;
    private final Map<String, String> environment = new HashMap<>();
    private final int port;
    private @Nullable Process process;

    /**
     * @param directory holds the home folder and the log
     * @param options of {@code croft up}
     */
    UpProcess(Path directory, String backend, String... options) throws IOException {
        this.home = new Home(directory.resolve("h"));
        this.backend = backend;
        this.log = directory.resolve("log");
        this.code = code();
        this.options = List.of(options);
        try (ServerSocket free = new ServerSocket(0)) {
            this.port = free.getLocalPort();
        }
    }

    /** Sets a variable of its environment. */
    UpProcess with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    Home home() {
        return home;
    }

    /** Where it serves, while it does. */
    URI url() {
        return URI.create("https://localhost:" + port);
    }

    /** Starts it and waits until it serves. */
    void start() throws IOException {
        Process started = begin();
        await().atMost(STARTS_WITHIN).until(() -> {
            assertThat(started.isAlive()).as("%s", Files.readString(log)).isTrue();
            return Files.exists(home.address())
                    && !Files.readString(home.address()).isBlank();
        });
    }

    /** Starts it where it does not serve but end by itself; what it has logged last. */
    String end() throws IOException, InterruptedException {
        Process started = begin();
        assertThat(started.waitFor(STARTS_WITHIN.toSeconds(), TimeUnit.SECONDS))
                .as("%s", lastWords())
                .isTrue();
        assertThat(started.exitValue()).isNotZero();
        return lastWords();
    }

    private Process begin() throws IOException {
        Files.deleteIfExists(home.address());
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
        command.addAll(code);
        command.addAll(List.of(
                Main.class.getName(),
                "up",
                "--backend",
                backend,
                "--home",
                home.root().toString(),
                "--port",
                Integer.toString(port)));
        command.addAll(options);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        // In an empty home an image is made first: its AOT cache takes longer to train than it saves here.
        builder.environment().put("CROFT_AOT", "no");
        // Of the embedded PostgreSQL, where the options name one.
        builder.environment().put("CROFT_DATABASE_USER", "postgres");
        builder.environment().putAll(environment);
        Process started = builder.start();
        process = started;
        return started;
    }

    RouterClient operator() throws IOException {
        return RouterClient.of(
                url(),
                home.router().resolve("ca").resolve("ca.pem"),
                Files.readString(home.router().resolve("operator.token")).strip());
    }

    /** What it tells Prometheus. */
    String metrics() throws IOException, InterruptedException {
        return metrics(url(), RouterConfig.embedded(home.router()));
    }

    static String metrics(URI url, RouterConfig config) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newBuilder()
                .sslContext(Tls.trusting(config.trustFile()))
                .build()) {
            return http.send(
                            HttpRequest.newBuilder(url.resolve("/api/v1/metrics"))
                                    .header(
                                            "Authorization",
                                            "Bearer "
                                                    + Files.readString(config.operatorTokenFile())
                                                            .strip())
                                    .build(),
                            BodyHandlers.ofString())
                    .body();
        }
    }

    /** SIGKILL; it is gone when this returns. */
    void kill() throws InterruptedException {
        Objects.requireNonNull(process).destroyForcibly().waitFor();
    }

    /** The end of what all of its processes have logged. */
    String lastWords() throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
    }

    /** SIGTERM, and the time it takes to put everything away. */
    @Override
    public void close() throws InterruptedException {
        Process running = process;
        if (running != null && running.isAlive()) {
            running.destroy();
            if (!running.waitFor(120, TimeUnit.SECONDS)) {
                running.destroyForcibly();
            }
        }
    }

    /** Options that say where the code is. */
    private static List<String> code() throws IOException {
        Path target = Path.of("target").toAbsolutePath();
        Path jar = target.resolve("croft.jar");
        List<String> ofThisTest = List.of("-cp", System.getProperty("java.class.path"));
        if (!Files.exists(jar)) {
            return ofThisTest;
        }
        FileTime packaged = Files.getLastModifiedTime(jar);
        try (Stream<Path> rooms = Files.list(Path.of("..").toAbsolutePath().normalize())) {
            for (Path sources : rooms.map(room -> room.resolve("src").resolve("main"))
                    .filter(Files::isDirectory)
                    .toList()) {
                try (Stream<Path> files = Files.walk(sources)) {
                    for (Path file : files.filter(Files::isRegularFile).toList()) {
                        if (Files.getLastModifiedTime(file).compareTo(packaged) > 0) {
                            return ofThisTest;
                        }
                    }
                }
            }
        }
        List<String> options = new ArrayList<>();
        Path cache = target.resolve("croft.aot");
        if (Files.exists(cache)) {
            options.add("-XX:AOTCache=" + cache);
        }
        options.addAll(List.of("-cp", jar + ":" + target.resolve("lib") + "/*"));
        return options;
    }
}
