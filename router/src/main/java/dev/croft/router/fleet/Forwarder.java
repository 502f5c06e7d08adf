package dev.croft.router.fleet;

import dev.croft.router.RouterException;
import dev.croft.router.registry.Member;
import dev.croft.router.tls.JoinedAuthority;
import dev.croft.router.tls.Tls;
import dev.croft.vault.api.TraceContext;
import dev.croft.vault.api.TraceSpan;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes requests on to other routers, over mutual TLS, bodies streaming and unread: the other router looks at the caller's token itself,
 * and proofs are for the permission manager. Nothing is sent before the other one has shown a certificate of the very authority that the
 * registry knows the router by that name by: no other router of the installation is taken for it. Thread-safe.
 */
public final class Forwarder implements AutoCloseable {

    /** Says whose request it is, by address, where another router passes it on. */
    public static final String CLIENT = "Croft-Client";

    private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);
    private static final int MOST_ANSWER = 16 << 20;
    private static final Duration ANSWERED_WITHIN = Duration.ofMinutes(6);
    private static final Set<String> NOT_PASSED_ON = Set.of(
            "connection",
            "content-length",
            "expect",
            "host",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "http2-settings",
            "croft-client",
            TraceContext.HEADER);
    private static final Set<String> NOT_PASSED_BACK =
            Set.of("connection", "content-length", "keep-alive", "transfer-encoding", "trailer", ":status");

    private final Path identity;
    private final Path trust;
    private final Path revoked;
    private final UnaryOperator<String> authorities;
    private final Map<String, Known> clients = new ConcurrentHashMap<>();

    /** The client for one router, as long as that is known by this authority. */
    private record Known(String authority, HttpClient http) {}

    /**
     * @param identity directory of the certificate that this router shows to others
     * @param trust what all of them are signed under, PEM
     * @param revoked serial numbers of certificates that are not believed
     * @param authorities which authority the router of a name is recorded with at this moment, as {@link Member#authority}; empty: there is no such
     *     router. Asked where it shows another than it was last seen with, such as after its root was renewed
     */
    public Forwarder(Path identity, Path trust, Path revoked, UnaryOperator<String> authorities) {
        this.identity = identity;
        this.trust = trust;
        this.revoked = revoked;
        this.authorities = authorities;
    }

    /** The client for one other router, which speaks to no one else. */
    public HttpClient http(Member to) {
        Known known = Objects.requireNonNull(clients.compute(to.name(), (_, before) -> {
            if (before != null && before.authority().equals(to.authority())) {
                return before;
            }
            if (before != null) {
                // Its connections were made to who is not, or not by that name, this router any more.
                before.http().shutdown();
            }
            return new Known(to.authority(), client(to));
        }));
        return known.http();
    }

    /** From now on knows these and no others: who was removed, or has another authority, is not connected to any more. */
    public void keep(Collection<Member> routers) {
        Map<String, String> known = new HashMap<>();
        for (Member router : routers) {
            if (!router.installation().isEmpty()) {
                known.put(router.name(), router.authority());
            }
        }
        for (String name : clients.keySet()) {
            clients.computeIfPresent(name, (_, client) -> {
                if (client.authority().equals(known.get(name))) {
                    return client;
                }
                client.http().shutdown();
                return null;
            });
        }
    }

    private HttpClient client(Member to) {
        return HttpClient.newBuilder()
                .sslContext(Tls.contextTrusting(identity, trust, revoked, chain -> is(to, chain)))
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(3))
                .build();
    }

    private boolean is(Member to, X509Certificate[] chain) {
        try {
            return JoinedAuthority.signer(chain)
                    .filter(shown -> shown.equals(to.authority()) || shown.equals(authorities.apply(to.name())))
                    .isPresent();
        } catch (RuntimeException e) {
            LOG.warn("whether that is router {} is not known: {}", to.name(), e.toString());
            return false;
        }
    }

    /**
     * Has another router answer a request.
     *
     * @param mostBody largest body in bytes that is passed on, however its length is told
     * @throws RouterException.Unavailable when it does not
     * @throws RouterException.TooLarge when there is more of the body
     */
    public void forward(Context context, Member to, long mostBody) throws IOException {
        var incoming = context.req();
        String query = incoming.getQueryString();
        URI uri = URI.create(to.url() + incoming.getRequestURI() + (query == null ? "" : "?" + query));
        long length = incoming.getContentLengthLong();
        HttpRequest.BodyPublisher body = BodyPublishers.noBody();
        BoundedBody unmeasured = null;
        if (length > 0) {
            InputStream in = incoming.getInputStream();
            body = BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> in), length);
        } else if (length < 0 && incoming.getHeader("Transfer-Encoding") != null) {
            BoundedBody in = new BoundedBody(incoming.getInputStream(), mostBody);
            unmeasured = in;
            body = BodyPublishers.ofInputStream(() -> in);
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(ANSWERED_WITHIN)
                .header(CLIENT, context.ip())
                .method(incoming.getMethod(), body);
        TraceSpan.current()
                .ifPresent(span ->
                        request.header(TraceContext.HEADER, span.context().header()));
        for (String name : Collections.list(incoming.getHeaderNames())) {
            if (!NOT_PASSED_ON.contains(name.toLowerCase(Locale.ROOT))) {
                for (String value : Collections.list(incoming.getHeaders(name))) {
                    request.header(name, value);
                }
            }
        }
        HttpResponse<InputStream> answer;
        try {
            answer = send(request.build(), to);
        } catch (RouterException.Unavailable e) {
            if (unmeasured != null && unmeasured.isExceeded()) {
                throw new RouterException.TooLarge(mostBody);
            }
            throw e;
        }
        answer(context, answer);
    }

    /**
     * Asks another router something, as this one.
     *
     * @throws RouterException.Unavailable when it does not answer, refuses, or says more than 16 MiB
     */
    public byte[] ask(String method, Member to, String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(to.url() + path))
                .timeout(Duration.ofSeconds(30))
                .method(method, BodyPublishers.noBody())
                .build();
        HttpResponse<InputStream> answer = send(request, to);
        try (InputStream in = answer.body()) {
            byte[] body = in.readNBytes(MOST_ANSWER + 1);
            if (answer.statusCode() == 200 && body.length <= MOST_ANSWER) {
                return body;
            }
        } catch (IOException e) {
            throw new RouterException.Unavailable("router " + to.name() + " does not answer", e);
        }
        throw new RouterException.Unavailable("router " + to.name() + " does not answer");
    }

    private HttpResponse<InputStream> send(HttpRequest request, Member to) {
        try {
            return http(to).send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw new RouterException.Unavailable("router " + to.name() + " does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RouterException.Unavailable("interrupted", e);
        }
    }

    private static void answer(Context context, HttpResponse<InputStream> answer) throws IOException {
        try (InputStream in = answer.body()) {
            context.status(answer.statusCode());
            answer.headers().map().forEach((name, values) -> {
                if (!NOT_PASSED_BACK.contains(name.toLowerCase(Locale.ROOT))) {
                    context.header(name, values.getFirst());
                }
            });
            OutputStream out = context.res().getOutputStream();
            byte[] buffer = new byte[64 * 1024];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
                // What the other sends bit by bit, such as a log that grows, is not held back.
                if (in.available() == 0) {
                    out.flush();
                }
            }
        }
    }

    @Override
    public void close() {
        clients.values().forEach(known -> known.http().shutdownNow());
    }
}
