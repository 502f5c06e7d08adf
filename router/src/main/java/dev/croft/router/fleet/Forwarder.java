package dev.croft.router.fleet;

import dev.croft.router.RouterException;
import dev.croft.router.registry.Member;
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
import java.time.Duration;
import java.util.Collections;
import java.util.Locale;
import java.util.Set;

/**
 * Passes requests on to other routers, over mutual TLS, bodies streaming and unread: the other router looks at the caller's token itself,
 * and proofs are for the permission manager. Thread-safe.
 */
public final class Forwarder implements AutoCloseable {

    /** Says whose request it is, by address, where another router passes it on. */
    public static final String CLIENT = "Croft-Client";

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

    private final HttpClient http;

    /**
     * @param identity directory of the certificate that this router shows to others
     * @param trust what all of them are signed under, PEM
     * @param revoked serial numbers of certificates that are not believed
     */
    public Forwarder(Path identity, Path trust, Path revoked) {
        this.http = HttpClient.newBuilder()
                .sslContext(Tls.contextTrusting(identity, trust, revoked))
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(3))
                .build();
    }

    /** The client for other routers. */
    public HttpClient http() {
        return http;
    }

    /**
     * Has another router answer a request.
     *
     * @throws RouterException.Unavailable when it does not
     */
    public void forward(Context context, Member to) throws IOException {
        var incoming = context.req();
        String query = incoming.getQueryString();
        URI uri = URI.create(to.url() + incoming.getRequestURI() + (query == null ? "" : "?" + query));
        long length = incoming.getContentLengthLong();
        if (length < 0 && incoming.getHeader("Transfer-Encoding") != null) {
            throw new RouterException.LengthRequired();
        }
        HttpRequest.BodyPublisher body = BodyPublishers.noBody();
        if (length > 0) {
            InputStream in = incoming.getInputStream();
            body = BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> in), length);
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
        answer(context, send(request.build(), to));
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
            return http.send(request, HttpResponse.BodyHandlers.ofInputStream());
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
        http.shutdownNow();
    }
}
