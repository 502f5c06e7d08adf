package dev.croft.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.runtime.WorkloadStatus.State;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/**
 * Tests over the {@link Runtime} interface. A backend's own test class says how it is opened and how a script for bash becomes a
 * program of it. Guarantees that the backend reports as not enforced are skipped, visibly.
 */
@TestInstance(Lifecycle.PER_CLASS)
public abstract class RuntimeSuite {
    protected static final Duration SOON = Duration.ofSeconds(60);
    protected static final long MIB = 1L << 20;

    protected Runtime runtime;
    protected Path temporary;

    /** Opens a runtime with its state in this directory. */
    protected abstract Runtime open(Path state) throws Exception;

    /** A program that runs this script with bash; head, tail, tr, sleep, cat, ls, touch, env and curl are there. */
    protected abstract Program script(String text) throws IOException;

    @BeforeAll
    final void openRuntime() throws Exception {
        temporary = Files.createTempDirectory("croft"); // short: socket paths have 107 bytes
        runtime = open(temporary.resolve("state"));
    }

    @AfterAll
    final void closeRuntime() throws IOException {
        if (runtime != null) {
            runtime.reap(status -> false);
            runtime.reap(status -> false);
            assertThat(runtime.list()).isEmpty();
            runtime.close();
        }
        TestFiles.delete(temporary);
    }

    protected WorkloadSpec spec(String text) {
        try {
            return WorkloadSpec.of(WorkloadId.random("test"), script(text))
                    .withLimits(Limits.service().withWallClock(Duration.ofMinutes(3)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    protected WorkloadStatus run(WorkloadSpec spec) {
        return runtime.awaitEnd(runtime.launch(spec), SOON);
    }

    protected String log(WorkloadId id) {
        try (InputStream in = runtime.logs(id, false)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a script to its end, which must be good, and returns what it printed. */
    protected String said(WorkloadSpec spec) {
        WorkloadStatus status = run(spec);
        assertThat(status.state()).as(() -> status + "\n" + log(spec.id())).isEqualTo(State.STOPPED);
        return log(spec.id());
    }

    /** A new door directory with an empty output directory. */
    protected Path door() {
        try {
            Path door = Files.createTempDirectory(temporary, "d");
            Files.createDirectory(door.resolve("output"));
            opened(door);
            return door;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** For backends whose workloads run as another user: makes the door usable. */
    protected void opened(Path door) throws IOException {}

    /** Whether a backend's engine adds this variable to every environment, and the backend can only empty it. */
    protected boolean isTheEngines(String variable) {
        return false;
    }

    /** A pattern, for bash, of what the kernel leaves open to everyone and a backend's engine gives no means to hide. */
    protected String leftOpen() {
        return "''";
    }

    /** A workload that beats: it changes {@code /croft/output/beat} until it is ended. */
    protected WorkloadSpec beating(Path door, String before) {
        return spec(before + "; i=0; while :; do i=$((i+1)); echo $i >/croft/output/beat; sleep 0.01; done")
                .withDoor(door)
                .withHealth(new HealthCheck.FileExists("/croft/output/beat", SOON));
    }

    protected static String read(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            return "";
        }
    }

    protected boolean enforced(Enforcement.Guarantee guarantee) {
        return runtime.enforcement().level(guarantee) == Enforcement.Level.ENFORCED;
    }

    protected void assumeEnforced(Enforcement.Guarantee guarantee) {
        assumeTrue(
                enforced(guarantee),
                () -> "not enforced: " + runtime.enforcement().items().get(guarantee.ordinal()));
    }

    /** Nothing beats any more. */
    protected static void assertStill(Path beat) {
        String now = read(beat);
        await().during(Duration.ofMillis(200))
                .atMost(SOON)
                .until(() -> read(beat).equals(now));
    }

    /** Answers every connection with an HTTP 200 and counts them. */
    protected static final class UnixServer implements AutoCloseable {
        private final ServerSocketChannel channel;
        private final Path path;
        private final AtomicInteger served = new AtomicInteger();

        public UnixServer(Path path) throws IOException {
            this.path = path;
            channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            channel.bind(UnixDomainSocketAddress.of(path));
            Thread.startVirtualThread(this::serve);
        }

        private void serve() {
            while (channel.isOpen()) {
                try (SocketChannel one = channel.accept()) {
                    one.read(ByteBuffer.allocate(4096));
                    served.incrementAndGet();
                    one.write(ByteBuffer.wrap("HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\nwelcome"
                            .getBytes(StandardCharsets.US_ASCII)));
                } catch (IOException e) {
                    continue; // a client that went away, or the end
                }
            }
        }

        protected Path path() {
            return path;
        }

        protected int served() {
            return served.get();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
