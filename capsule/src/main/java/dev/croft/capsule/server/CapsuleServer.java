package dev.croft.capsule.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Revocations;
import dev.croft.capsule.replication.Fragment;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.replication.Want;
import dev.croft.capsule.routing.Advertisement;
import dev.croft.capsule.routing.Query;
import dev.croft.capsule.routing.Resolver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * A capsule server: HTTPS over a {@link CapsuleShelf}, one virtual thread for each exchange. Appends carry their own authority, the
 * writer's signature; reading takes a proof of who reads. The routes are those of {@code docs/capsule-server.md}.
 */
public final class CapsuleServer implements AutoCloseable {
    private static final int BACKLOG = 512;
    private static final int SMALL = 1 << 20;
    /** The JDK's server reads these once, when the first server of the process is made. */
    private static final Map<String, String> BOUNDS = Map.of(
            "sun.net.httpserver.idleInterval", "300",
            "sun.net.httpserver.maxIdleConnections", "1000",
            "sun.net.httpserver.maxReqHeaders", "64",
            "sun.net.httpserver.maxReqHeaderSize", "65536",
            "sun.net.httpserver.maxReqTime", "300",
            "jdk.httpserver.maxConnections", "8192",
            "sun.net.httpserver.nodelay", "true");

    private final CapsuleShelf shelf;
    private final HttpsServer server;
    private final Witness witness;
    private final Resolver resolver;
    private final ExecutorService exchanges = Executors.newVirtualThreadPerTaskExecutor();
    private final FollowerStreams followers;
    private final Bodies bodies = new Bodies();
    private final KeptRevocations revocations;

    private CapsuleServer(
            CapsuleShelf shelf, HttpsServer server, Witness witness, Resolver resolver, KeptRevocations revocations) {
        this.followers = new FollowerStreams(shelf);
        this.revocations = revocations;
        this.shelf = shelf;
        this.server = server;
        this.witness = witness;
        this.resolver = resolver;
    }

    /** Starts to serve a shelf at an address; port 0 takes any that is free. Closing the server leaves the shelf open. */
    public static CapsuleServer start(CapsuleShelf shelf, InetSocketAddress address) throws IOException {
        return start(shelf, address, new Resolver(shelf.key(), null, shelf.clock()));
    }

    /** As {@link #start(CapsuleShelf, InetSocketAddress)}, with the resolver of this server's domain. */
    public static CapsuleServer start(CapsuleShelf shelf, InetSocketAddress address, Resolver resolver)
            throws IOException {
        BOUNDS.forEach((name, value) -> {
            if (System.getProperty(name) == null) {
                System.setProperty(name, value);
            }
        });
        KeptRevocations revocations = shelf.keptRevocations();
        revocations.tell(resolver);
        HttpsServer https = HttpsServer.create(address, BACKLOG);
        https.setHttpsConfigurator(new HttpsConfigurator(ServerTls.server(shelf.signer())));
        var server = new CapsuleServer(shelf, https, shelf.witness(), resolver, revocations);
        https.setExecutor(server.exchanges);
        https.createContext("/", server::exchange);
        https.start();
        return server;
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /** How many follow a capsule here just now. */
    public int followers() {
        return followers.count();
    }

    /** An answer, but for streams. */
    private record Answer(int status, String type, byte[] body) {
        static Answer bytes(byte[] body) {
            return new Answer(200, "application/octet-stream", body);
        }

        static Answer text(int status, @Nullable String text) {
            return new Answer(status, "text/plain; charset=utf-8", (text + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    private void exchange(HttpExchange exchange) throws IOException {
        try (exchange) {
            Answer answer;
            try {
                String[] path = exchange.getRequestURI().getPath().split("/", -1);
                if (exchange.getRequestMethod().equals("POST") && path.length == 4 && path[3].equals("follow")) {
                    follow(exchange, CapsuleName.parse(path[2]));
                    return;
                }
                answer = answer(exchange, path);
            } catch (ReplicationException e) {
                answer = problem(e);
            } catch (Malformed | IllegalArgumentException e) {
                answer = Answer.text(400, e.getMessage());
            }
            exchange.getResponseHeaders().set("Content-Type", answer.type());
            exchange.getResponseHeaders().set("Cache-Control", "no-store");
            exchange.sendResponseHeaders(answer.status(), answer.body().length == 0 ? -1 : answer.body().length);
            if (answer.body().length > 0) {
                exchange.getResponseBody().write(answer.body());
            }
        }
    }

    private static Answer problem(ReplicationException e) {
        return switch (e) {
            case ReplicationException.Forked forked ->
                new Answer(409, "application/vnd.croft.fork", forked.evidence().encoded());
            case ReplicationException.Refused refused -> Answer.text(422, refused.getMessage());
            case ReplicationException.NotAllowed denied -> Answer.text(403, denied.getMessage());
            case ReplicationException.Unknown unknown -> Answer.text(404, unknown.getMessage());
            case ReplicationException.NoRoom full -> Answer.text(507, full.getMessage());
            default -> Answer.text(503, e.getMessage());
        };
    }

    private byte[] body(HttpExchange exchange, int most) throws IOException {
        return bodies.with(exchange.getRequestBody(), most, body -> body);
    }

    private Answer answer(HttpExchange exchange, String[] path) throws IOException {
        String method = exchange.getRequestMethod();
        if (method.equals("POST") && path.length == 2 && path[1].equals("add-checkpoint")) {
            Witness.Answer cosigned =
                    witness.add(new String(body(exchange, Witness.MOST_BYTES), StandardCharsets.UTF_8));
            return new Answer(
                    cosigned.status(), cosigned.type(), cosigned.body().getBytes(StandardCharsets.UTF_8));
        }
        if (method.equals("POST") && path.length == 2 && path[1].equals("resolve")) {
            return Answer.bytes(
                    ResolverClient.encode(resolver.resolve(Query.decode(body(exchange, Query.MOST_BYTES)))));
        }
        if (method.equals("POST") && path.length == 2 && path[1].equals("advertise")) {
            ByteReader in = new ByteReader(body(exchange, Advertisement.MOST_BYTES + 16));
            int distance = in.u8();
            resolver.advertise(Advertisement.decode(in.framed(Advertisement.MOST_BYTES)), distance);
            return new Answer(204, "text/plain", new byte[0]);
        }
        if (path.length < 3 || path.length > 4 || !path[1].equals("capsules")) {
            return Answer.text(404, "there is no such route");
        }
        CapsuleName name = CapsuleName.parse(path[2]);
        String what = method + (path.length == 3 ? "" : " " + path[3]);
        return switch (what) {
            case "PUT" -> create(name, body(exchange, SMALL));
            case "POST frames" -> {
                // Before the body is read, which may be large.
                shelf.capsule(name);
                yield bodies.with(
                        exchange.getRequestBody(),
                        Fragment.MOST_ENCODED_BYTES,
                        body -> Answer.bytes(shelf.append(name, body).encoded()));
            }
            case "PUT keys" -> {
                HeldCapsule capsule = shelf.capsule(name);
                yield bodies.with(exchange.getRequestBody(), KeyBundle.MOST_BYTES, body -> {
                    capsule.acceptKeys(body);
                    return new Answer(204, "text/plain", new byte[0]);
                });
            }
            case "PUT revocations" -> revoke(name, body(exchange, 2 * SMALL));
            case "PUT routes" -> {
                shelf.capsule(name).route(body(exchange, SMALL));
                yield new Answer(204, "text/plain", new byte[0]);
            }
            case "GET metadata" ->
                Answer.bytes(reading(exchange, name, new byte[0]).metadata().encoded());
            case "GET summary" ->
                Answer.bytes(reading(exchange, name, new byte[0]).summary().encoded());
            case "GET keys" -> Answer.bytes(reading(exchange, name, new byte[0]).keyFiles());
            case "POST fetch" -> {
                byte[] body = body(exchange, Want.MOST_BYTES);
                Optional<Fragment> found = reading(exchange, name, body).fetch(Want.decode(body));
                yield found.map(fragment -> Answer.bytes(fragment.encoded()))
                        .orElse(new Answer(204, "text/plain", new byte[0]));
            }
            case "POST records" -> {
                byte[] body = body(exchange, 16);
                ByteReader in = new ByteReader(body);
                HeldCapsule capsule = reading(exchange, name, body);
                yield Answer.bytes(capsule.records(in.u63(), in.u63()));
            }
            default -> Answer.text(404, "there is no such route");
        };
    }

    private Answer create(CapsuleName name, byte[] body) {
        ByteReader in = new ByteReader(body);
        CapsuleMetadata metadata = CapsuleMetadata.decode(in.framed(1024));
        Delegation delegation = Delegation.decode(in.framed(1024));
        in.expectEnd();
        if (!metadata.name().equals(name)) {
            throw new ReplicationException.Refused("the metadata are those of another capsule");
        }
        shelf.create(metadata, delegation);
        return new Answer(204, "text/plain", new byte[0]);
    }

    /** Takes an owner's revocations, of a capsule that is held here and of one that may only be advertised here. */
    private Answer revoke(CapsuleName name, byte[] body) throws IOException {
        ByteReader in = new ByteReader(body);
        CapsuleMetadata metadata = CapsuleMetadata.decode(in.framed(1024));
        Revocations list = Revocations.decode(in.framed(2 * SMALL));
        in.expectEnd();
        if (!metadata.name().equals(name)) {
            throw new ReplicationException.Refused("the metadata are those of another capsule");
        }
        try {
            resolver.revoke(metadata, list);
            revocations.keep(metadata, list);
        } catch (Delegation.Refused e) {
            throw new ReplicationException.NotAllowed(String.valueOf(e.getMessage()));
        }
        shelf.held(name).ifPresent(capsule -> capsule.revoke(list));
        return new Answer(204, "text/plain", new byte[0]);
    }

    private HeldCapsule reading(HttpExchange exchange, CapsuleName name, byte[] body) {
        HeldCapsule capsule = shelf.capsule(name);
        ReadProof.require(
                exchange.getRequestHeaders().getFirst("Authorization"),
                shelf.key(),
                exchange.getRequestMethod(),
                exchange.getRequestURI().toString(),
                body,
                capsule.metadata(),
                capsule.revocations(),
                shelf.clock().instant());
        return capsule;
    }

    private void follow(HttpExchange exchange, CapsuleName name) throws IOException {
        byte[] body = body(exchange, Want.MOST_BYTES);
        HeldCapsule capsule = reading(exchange, name, body);
        Want want = Want.decode(body);
        followers.serve(capsule, want, () -> {
            exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
            exchange.sendResponseHeaders(200, 0);
            return exchange.getResponseBody();
        });
    }

    @Override
    public void close() {
        server.stop(0);
        exchanges.shutdownNow();
    }
}
