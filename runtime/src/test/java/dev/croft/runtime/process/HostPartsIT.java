package dev.croft.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.runtime.HealthCheck;
import dev.croft.runtime.Limits;
import dev.croft.runtime.Mount;
import dev.croft.runtime.Network;
import dev.croft.runtime.Program;
import dev.croft.runtime.TestFiles;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.WorkloadStatus.State;
import dev.croft.runtime.bench.RuntimeBench;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Croft's own parts: Java programs of the host that listen and keep files. */
class HostPartsIT {
    private static final Duration SOON = Duration.ofSeconds(60);

    private Path temporary;
    private ProcessRuntime runtime;

    @BeforeEach
    void open() throws IOException {
        temporary = Files.createTempDirectory("croft");
        runtime = ProcessRuntime.open(temporary.resolve("state"));
    }

    @AfterEach
    void close() throws IOException {
        runtime.reap(s -> false);
        runtime.close();
        TestFiles.delete(temporary);
    }

    /** Listens on the port given and writes a file once it does. Arguments: port, file. */
    static final class Server {
        public static void main(String[] arguments) throws IOException {
            try (ServerSocket server = new ServerSocket(Integer.parseInt(arguments[0]))) {
                Files.writeString(Path.of(arguments[1]), "listening");
                while (true) {
                    try (Socket client = server.accept()) {
                        client.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
                    }
                }
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0)) {
            return probe.getLocalPort();
        }
    }

    @Test
    void aJavaServerIsReachedAndKeepsItsFilesWhereTheHostSeesThem() throws Exception {
        Path classes = Path.of(
                Server.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Path outer = Files.createDirectory(temporary.resolve("outer"));
        Path data = Files.createDirectory(outer.resolve("data"));
        int port = freePort();
        Path ready = data.resolve("ready");
        WorkloadSpec spec = WorkloadSpec.of(
                        new WorkloadId("server"),
                        new Program.HostCommand(List.of(
                                "java",
                                "-Xmx32m",
                                "-XX:+UseSerialGC",
                                "-cp",
                                classes.toString(),
                                Server.class.getName(),
                                Integer.toString(port),
                                ready.toString())))
                .withNetwork(new Network.Listening(port))
                .withLimits(Limits.service().withWallClock(Limits.FOREVER))
                .withMounts( // the inner mount comes first, and is there all the same
                        new Mount.HostPath(data, data.toString(), true),
                        new Mount.HostPath(outer, outer.toString(), false),
                        new Mount.HostPath(classes, classes.toString(), false))
                .withHealth(new HealthCheck.PortAccepts(SOON));
        var status = runtime.awaitHealthy(runtime.launch(spec), SOON);
        assertThat(status.state()).as(() -> status + log(spec.id())).isEqualTo(State.HEALTHY);
        try (Socket client = new Socket()) {
            client.connect(status.endpoint().orElseThrow());
            assertThat(new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .isEqualTo("hello");
        }
        assertThat(ready).hasContent("listening");
        runtime.stop(spec.id(), Duration.ofSeconds(10));
        assertThat(runtime.inspect(spec.id()).exitCode()).hasValue(143);
    }

    private String log(WorkloadId id) {
        try {
            return new String(runtime.logs(id, false).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Test
    void withoutASandboxIsolationCannotBeRequired() {
        assertThatThrownBy(
                        () -> ProcessRuntime.open(temporary.resolve("other"), new ProcessRuntime.Options(true, false)))
                .isInstanceOfSatisfying(
                        WorkloadException.IsolationUnavailable.class,
                        e -> assertThat(e.enforcement().isolated()).isFalse());
        try (ProcessRuntime again = ProcessRuntime.open(temporary.resolve("other"))) {
            assertThat(again.list()).isEmpty(); // the refusal left nothing locked
        }
    }

    @Test
    void aCommandThatIsNotThereFailsAndSaysSoInItsLog() {
        WorkloadId id = new WorkloadId("absent");
        runtime.launch(WorkloadSpec.of(id, new Program.HostCommand(List.of("no-such-command"))));
        assertThat(runtime.awaitEnd(id, SOON).state()).isEqualTo(State.FAILED);
        assertThat(log(id)).contains("no-such-command");
    }

    @Test
    void theBenchMeasuresAll() throws Exception {
        assumeTrue(runtime.enforcement().isolated(), "no bubblewrap here");
        List<RuntimeBench.Figure> figures = RuntimeBench.process(Files.createDirectory(temporary.resolve("b")), 2);
        assertThat(figures)
                .extracting(RuntimeBench.Figure::what)
                .containsExactly(
                        "launch, cold",
                        "launch, warm",
                        "pause",
                        "resume",
                        "delete, acknowledged",
                        "delete, until nothing is left");
        assertThat(figures).allSatisfy(figure -> {
            assertThat(figure.median()).isPositive();
            assertThat(figure.bare()).isPositive();
        });
        figures.forEach(IO::println);
    }
}
