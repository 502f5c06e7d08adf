package dev.croft.runtime.watch;

import dev.croft.runtime.HealthCheck;
import dev.croft.runtime.Limits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A health check in terms of the host.
 *
 * @param path on the host, for the kinds that have one
 * @param argument an HTTP request target or a pattern
 * @param within milliseconds from launch, or -1
 */
public record Probe(
        Kind kind, @Nullable String path, @Nullable String argument, long within) {
    private static final int PATIENCE_MILLIS = 2_000;
    private static final int LONGEST_ANSWER = 4_096;

    /** Where it looks. */
    public enum Kind {
        START,
        EXIT,
        FILE,
        SOCKET,
        HTTP,
        PORT,
        LINE
    }

    /** {@code host} turns a path in the workload into one of the host. */
    static Probe of(HealthCheck check, Function<String, Path> host) {
        long within = check.within().compareTo(Limits.FOREVER) >= 0
                ? -1
                : check.within().toMillis();
        return switch (check) {
            case HealthCheck.AtStart _ -> new Probe(Kind.START, null, null, within);
            case HealthCheck.AtExit _ -> new Probe(Kind.EXIT, null, null, within);
            case HealthCheck.FileExists f ->
                new Probe(Kind.FILE, host.apply(f.path()).toString(), null, within);
            case HealthCheck.SocketAccepts s ->
                new Probe(Kind.SOCKET, host.apply(s.path()).toString(), null, within);
            case HealthCheck.HttpOk h ->
                new Probe(Kind.HTTP, host.apply(h.socket()).toString(), h.target(), within);
            case HealthCheck.PortAccepts _ -> new Probe(Kind.PORT, null, null, within);
            case HealthCheck.LogLine l -> new Probe(Kind.LINE, null, l.pattern(), within);
        };
    }

    /** Whether the workload, whose command runs, is healthy now. */
    boolean passes(int port, Body body) {
        try {
            return switch (kind) {
                case START -> true;
                case EXIT -> false;
                case LINE -> body.lineSeen();
                case PORT -> {
                    try (Socket socket = new Socket()) {
                        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
                        yield true;
                    }
                }
                case FILE -> path != null && Files.exists(Path.of(path), LinkOption.NOFOLLOW_LINKS);
                case SOCKET, HTTP -> path != null && answers(Path.of(path));
            };
        } catch (IOException e) {
            return false;
        }
    }

    private boolean answers(Path socket) throws IOException {
        // A workload may have put a link to another's socket there.
        if (Files.isSymbolicLink(socket)) {
            return false;
        }
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            if (kind == Kind.SOCKET) {
                return true;
            }
            Thread impatience = Thread.startVirtualThread(() -> closeAfterPatience(channel));
            try {
                String request = "GET " + argument + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
                channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
                ByteBuffer answer = ByteBuffer.allocate(LONGEST_ANSWER);
                while (answer.position() < 13 && channel.read(answer) >= 0) {
                    continue;
                }
                String head = new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII);
                return head.matches("(?s)HTTP/1\\.[01] 2\\d\\d.*");
            } finally {
                impatience.interrupt();
            }
        }
    }

    private static void closeAfterPatience(SocketChannel channel) {
        try {
            TimeUnit.MILLISECONDS.sleep(PATIENCE_MILLIS);
            channel.close();
        } catch (InterruptedException | IOException e) {
            Thread.currentThread().interrupt();
        }
    }
}
