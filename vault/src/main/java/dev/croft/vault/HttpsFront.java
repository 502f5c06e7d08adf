package dev.croft.vault;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.croft.vault.api.PeerTrust;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.TraceContext;
import dev.croft.vault.http.Request;
import dev.croft.vault.http.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * A host's HTTPS server: on the loopback address unless told otherwise, for clients with a certificate of the host's authority only, one virtual thread for
 * each exchange. Also tends the host every second. Closing it lets exchanges under way end, then closes the host.
 */
public final class HttpsFront implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpsFront.class);
    private static final int BACKLOG = 512;
    private static final int MOST_DRAINED = 64 * 1024;
    private static final Duration GRACE = Duration.ofSeconds(10);
    /** How the JDK's server is bounded; it reads these once, when the first server of the process is made. */
    private static final Map<String, String> BOUNDS = Map.of(
            "sun.net.httpserver.maxReqTime", "300",
            "sun.net.httpserver.maxRspTime", "300",
            // Far longer than the 30 s a client keeps a connection: else it may send into one that is just being
            // closed.
            "sun.net.httpserver.idleInterval", "300",
            "sun.net.httpserver.maxIdleConnections", "1000",
            "sun.net.httpserver.maxReqHeaders", "64",
            "sun.net.httpserver.maxReqHeaderSize", "65536",
            "jdk.httpserver.maxConnections", "2048",
            "sun.net.httpserver.nodelay", "true");

    private final AtomicBoolean closed = new AtomicBoolean();
    private final PmHost host;
    private final HttpsServer server;
    private final ExecutorService exchanges = Executors.newVirtualThreadPerTaskExecutor();
    private final ScheduledExecutorService tending = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("pm-tend").factory());

    private final @Nullable PeerTrust trust;

    private HttpsFront(PmHost host, HttpsServer server, @Nullable PeerTrust trust) {
        this.host = host;
        this.server = server;
        this.trust = trust;
    }

    /**
     * Starts to serve on the loopback address.
     *
     * @param port 0: any that is free
     * @param tls identity of the host, and the one authority whose clients are let in
     */
    public static HttpsFront start(PmHost host, int port, SSLContext tls) throws IOException {
        return start(host, new InetSocketAddress(InetAddress.getLoopbackAddress(), port), tls);
    }

    /** Starts to serve on this address, as a container does whose network is its own. */
    public static HttpsFront start(PmHost host, InetSocketAddress address, SSLContext tls) throws IOException {
        return start(host, address, tls, null);
    }

    /**
     * The same for clients who must be trusted at each request, not at the handshake alone.
     *
     * @param trust that of {@code tls}; {@code null}: the handshake is enough
     */
    public static HttpsFront start(PmHost host, InetSocketAddress address, SSLContext tls, @Nullable PeerTrust trust)
            throws IOException {
        BOUNDS.forEach((name, value) -> {
            if (System.getProperty(name) == null) {
                System.setProperty(name, value);
            }
        });
        HttpsServer server = HttpsServer.create(address, BACKLOG);
        server.setHttpsConfigurator(new HttpsConfigurator(tls) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters strict = tls.getDefaultSSLParameters();
                strict.setNeedClientAuth(true);
                strict.setProtocols(new String[] {"TLSv1.3"});
                parameters.setSSLParameters(strict);
            }
        });
        var front = new HttpsFront(host, server, trust);
        server.setExecutor(front.exchanges);
        server.createContext("/", front::exchange);
        server.start();
        front.tending.scheduleWithFixedDelay(front::tend, 1, 1, TimeUnit.SECONDS);
        return front;
    }

    /** The port it serves on. */
    public int port() {
        return server.getAddress().getPort();
    }

    private void tend() {
        try {
            host.tend();
        } catch (RuntimeException e) {
            LOG.error("Tending the host failed: {}", e.getClass().getName());
        }
    }

    private void exchange(HttpExchange exchange) throws IOException {
        TraceContext trace = TraceContext.parse(exchange.getRequestHeaders().getFirst(TraceContext.HEADER))
                .orElse(null);
        if (trace != null) {
            // So that what is logged here can be found together with what the router logged.
            MDC.put("trace", trace.trace());
            MDC.put("span", trace.span());
        }
        try (exchange) {
            if (!isRevoked(exchange)) {
                // Otherwise the connection ends without an answer, as it would in a handshake.
                send(exchange, answer(exchange, trace));
            }
        } finally {
            MDC.clear();
        }
    }

    /** Whether the client's certificate was revoked after its handshake, or before one that resumed another. */
    private boolean isRevoked(HttpExchange exchange) throws IOException {
        if (trust == null || !(exchange instanceof HttpsExchange secure)) {
            return false;
        }
        for (Certificate certificate : secure.getSSLSession().getPeerCertificates()) {
            if (certificate instanceof X509Certificate shown && trust.isRevoked(shown)) {
                return true;
            }
        }
        return false;
    }

    private Response answer(HttpExchange exchange, @Nullable TraceContext trace) {
        var headers = exchange.getRequestHeaders();
        List<String> lengths = headers.getOrDefault("Content-Length", List.of());
        List<String> authorizations = headers.getOrDefault("Authorization", List.of());
        if (lengths.size() > 1 || authorizations.size() > 1) {
            return Response.problem(new ProblemException(ProblemCode.MALFORMED_REQUEST, "a header is given twice"));
        }
        long length;
        try {
            // Neither a length nor chunks: there is no body.
            long unknown = headers.containsKey("Transfer-Encoding") ? -1 : 0;
            length = lengths.isEmpty()
                    ? unknown
                    : Long.parseLong(lengths.getFirst().strip());
        } catch (NumberFormatException e) {
            return Response.problem(
                    new ProblemException(ProblemCode.MALFORMED_REQUEST, "the body's length is no number"));
        }
        String bearer = authorizations.isEmpty() ? null : Request.bearerOf(authorizations.getFirst());
        return host.handle(new Request(
                exchange.getRequestMethod(),
                exchange.getRequestURI().toString(),
                bearer,
                length,
                exchange.getRequestBody(),
                trace));
    }

    /**
     * Reads what is left of the body, as far as it is not much; whether that was all. Before the answer goes: a client that has its answer
     * may send its next request at once, and if this server read that along with the rest of the body, it would never notice it. TLS records
     * that were read but not opened do not wake it up.
     */
    private static boolean drained(HttpExchange exchange) {
        try {
            return exchange.getRequestBody().readNBytes(MOST_DRAINED).length < MOST_DRAINED;
        } catch (IOException broken) {
            return false;
        }
    }

    private static void send(HttpExchange exchange, Response response) throws IOException {
        if (!drained(exchange)) {
            exchange.getResponseHeaders().set("Connection", "close");
        }
        exchange.getResponseHeaders().set("Content-Type", response.contentType());
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        if (response.retryAfterSeconds() > 0) {
            exchange.getResponseHeaders().set("Retry-After", Long.toString(response.retryAfterSeconds()));
        }
        byte[] body = response.body();
        // For this server -1 means an empty body, and 0 one of unknown length.
        exchange.sendResponseHeaders(response.status(), body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            try (var out = exchange.getResponseBody()) {
                out.write(body);
            }
        }
    }

    @Override
    public void close() {
        close(GRACE);
    }

    /** As the other, with so long for what is under way. */
    void close(Duration grace) {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        tending.shutdown();
        // While what is under way ends, who comes is told to come again, which a closed port would not tell.
        host.drain(grace);
        server.stop((int) GRACE.toSeconds());
        exchanges.close();
        host.close();
    }
}
