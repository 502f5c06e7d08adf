package dev.croft.vault.doors;

import dev.croft.vault.api.Base64Url;
import dev.croft.vault.api.Door;
import dev.croft.vault.http.Request;
import dev.croft.vault.http.Response;
import dev.croft.vault.store.DurableFile;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A door: a Unix-domain socket in a private directory, for one launch. The directory is mounted into the service's sandbox and holds
 * {@code door.sock}, {@code token} (what the service must send as its bearer token) and the writable {@code output/}. The token works at
 * this door only and dies with it. Thread-safe.
 */
public final class OpenDoor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OpenDoor.class);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int MOST_CONNECTIONS = 32;
    private static final Duration IDLE = Duration.ofMinutes(2);

    private final Door door;
    private final Path directory;
    private final byte[] token;
    private final ServerSocketChannel server;
    private final Function<Request, Response> handler;
    private final Function<Request, Response> stranger;
    private final InstantSource clock;
    private final Map<SocketChannel, Instant> connections = new ConcurrentHashMap<>();

    private OpenDoor(
            Door door,
            Path directory,
            byte[] token,
            ServerSocketChannel server,
            Function<Request, Response> handler,
            Function<Request, Response> stranger,
            InstantSource clock) {
        this.door = door;
        this.directory = directory;
        this.token = token;
        this.server = server;
        this.handler = handler;
        this.stranger = stranger;
        this.clock = clock;
    }

    /**
     * Opens a door.
     *
     * @param parent private directory with a short path: the whole of a socket's path has at most 107 bytes
     * @param handler answers requests that brought the token
     * @param stranger refuses those that brought none or another's
     */
    public static OpenDoor open(
            Path parent,
            String launch,
            String grant,
            Function<Request, Response> handler,
            Function<Request, Response> stranger,
            InstantSource clock)
            throws IOException {
        byte[] random = new byte[9];
        RANDOM.nextBytes(random);
        Path directory = DurableFile.directory(parent.resolve(Base64Url.encode(random)));
        DurableFile.directory(directory.resolve("output"));
        byte[] secret = new byte[32];
        RANDOM.nextBytes(secret);
        byte[] token = Base64Url.encode(secret).getBytes(StandardCharsets.US_ASCII);
        DurableFile.write(directory.resolve("token"), token);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(directory.resolve("door.sock")));
        } catch (IOException | RuntimeException e) {
            server.close();
            DurableFile.deleteTree(directory);
            throw e;
        }
        var opened = new OpenDoor(
                new Door(launch, grant, directory.toString(), clock.instant()),
                directory,
                token,
                server,
                handler,
                stranger,
                clock);
        Thread.ofVirtual().name("door-" + launch).start(opened::accept);
        return opened;
    }

    /** What is told of it. */
    public Door door() {
        return door;
    }

    private void accept() {
        while (server.isOpen()) {
            try {
                SocketChannel connection = server.accept();
                if (connections.size() >= MOST_CONNECTIONS) {
                    connection.close();
                    continue;
                }
                connections.put(connection, clock.instant());
                Thread.ofVirtual().start(() -> serve(connection));
            } catch (IOException closed) {
                if (server.isOpen()) {
                    LOG.warn("A door does not accept connections: {}", closed.toString());
                }
                return;
            }
        }
    }

    private void serve(SocketChannel connection) {
        try (connection) {
            var in = new BufferedInputStream(Channels.newInputStream(connection), 16 * 1024);
            var out = new BufferedOutputStream(Channels.newOutputStream(connection), 16 * 1024);
            new HttpConnection(in, out).serve(request -> {
                connections.put(connection, clock.instant());
                return answer(request);
            });
        } catch (IOException gone) {
            LOG.debug("A connection at a door ended: {}", gone.toString());
        } finally {
            connections.remove(connection);
        }
    }

    private Response answer(Request request) {
        String bearer = request.bearer();
        if (bearer == null || !MessageDigest.isEqual(bearer.getBytes(StandardCharsets.UTF_8), token)) {
            return stranger.apply(request);
        }
        return handler.apply(request);
    }

    /** Ends connections on which nothing was asked for two minutes. */
    public void endIdle() {
        Instant oldest = clock.instant().minus(IDLE);
        connections.forEach((connection, last) -> {
            if (last.isBefore(oldest)) {
                close(connection);
            }
        });
    }

    private static void close(SocketChannel connection) {
        try {
            connection.close();
        } catch (IOException e) {
            LOG.debug("A connection did not close: {}", e.toString());
        }
    }

    /** Ends every connection and takes the socket and the token away; what the service put into {@code output/} stays. */
    @Override
    public void close() {
        try {
            server.close();
            connections.keySet().forEach(OpenDoor::close);
            Files.deleteIfExists(directory.resolve("door.sock"));
            Files.deleteIfExists(directory.resolve("token"));
        } catch (IOException e) {
            LOG.warn("A door did not close: {}", e.toString());
        }
    }
}
