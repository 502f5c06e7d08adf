package dev.croft.runtime.registry;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Requests to one repository over TLS, with what the registry wants to be asked with. User and password go to the registry's own host and to
 * token hosts that were named, a token to the registry alone; what it sends is bounded; who is silent for a minute is given up. Not
 * thread-safe.
 */
final class RegistryConnection implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(20);
    private static final int LONGEST_LOCATION = 8192;
    private static final int MOST_HOPS = 3;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    private final RegistryName name;
    private final String access;
    private final Optional<Credentials> credentials;
    private final Set<String> tokenHosts;
    private final Duration patience;
    private final HttpClient http;
    private @Nullable String authorization;

    /** Counts bytes in either direction, by which silence is told from work. */
    final AtomicLong moved = new AtomicLong();

    /**
     * @param access {@code pull} or {@code pull,push}
     * @param tls whom to trust; {@code null}: the authorities that the JDK knows
     */
    RegistryConnection(
            RegistryName name,
            String access,
            Optional<Credentials> credentials,
            Set<String> tokenHosts,
            @Nullable SSLContext tls,
            Duration patience) {
        this.name = name;
        this.access = access;
        this.credentials = credentials;
        this.tokenHosts = Set.copyOf(tokenHosts);
        this.patience = patience;
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT);
        this.http = tls == null ? builder.build() : builder.sslContext(tls).build();
    }

    /** An answer whose body is short. */
    record Answer(int status, HttpHeaders headers, byte[] body) {
        Optional<String> header(String called) {
            return headers.firstValue(called);
        }
    }

    /** A request; the body is made anew each time it is sent. */
    record Ask(String method, URI uri, Map<String, String> headers, Supplier<BodyPublisher> body) {
        static Ask of(String method, URI uri, Map<String, String> headers) {
            return new Ask(method, uri, headers, HttpRequest.BodyPublishers::noBody);
        }
    }

    /** Asks, and takes at most so many bytes. */
    Answer ask(Ask ask, int most) throws InterruptedException {
        HttpResponse<byte[]> response = send(ask, document(most));
        return new Answer(response.statusCode(), response.headers(), response.body());
    }

    private HttpResponse.BodyHandler<byte[]> document(int most) {
        return _ -> {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            return HttpResponse.BodySubscribers.mapping(
                    new Sink(bytes, most, moved, _ -> {}), _ -> bytes.toByteArray());
        };
    }

    /** Asks with what the registry wants, which it may tell once more when a token has expired, and goes where a blob is kept. */
    <T> HttpResponse<T> send(Ask ask, HttpResponse.BodyHandler<T> into) throws InterruptedException {
        HttpResponse<T> response = follow(ask, into);
        if (response.statusCode() == 401) {
            String before = authorization;
            authorize(response.headers());
            response = authorization == null || authorization.equals(before) ? response : follow(ask, into);
        }
        if (response.statusCode() == 401) {
            throw new RegistryException.Refused(credentials
                    .map(user -> name.registry() + " does not let " + user + " in: wrong user or password")
                    .orElse(name.registry() + " wants a user and a password"));
        }
        if (response.statusCode() == 403) {
            throw new RegistryException.Refused(name.registry() + " does not allow this in " + name.repository());
        }
        if (response.statusCode() >= 500 || response.statusCode() == 429) {
            throw new RegistryException.Unavailable(
                    name.registry() + " cannot do it now (status " + response.statusCode() + ")");
        }
        return response;
    }

    private <T> HttpResponse<T> follow(Ask ask, HttpResponse.BodyHandler<T> into) throws InterruptedException {
        URI uri = ask.uri();
        for (int hop = 0; ; hop++) {
            HttpResponse<T> response = once(ask, uri, isOwn(uri) ? authorization : null, into);
            boolean reading = ask.method().equals("GET") || ask.method().equals("HEAD");
            if (!reading || !REDIRECTS.contains(response.statusCode())) {
                return response;
            }
            if (hop == MOST_HOPS) {
                throw misbehaved("sends from one place to the next");
            }
            uri = location(response.headers(), uri);
        }
    }

    /** The place that an answer names; it is https. */
    URI location(HttpHeaders headers, URI base) {
        String text = headers.firstValue("Location").orElse("");
        try {
            URI uri = base.resolve(text);
            if (!text.isEmpty()
                    && text.length() <= LONGEST_LOCATION
                    && "https".equalsIgnoreCase(uri.getScheme())
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawFragment() == null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw misbehaved("sends to a place that is none, or is not over TLS");
    }

    /** Whether this is the registry itself: same scheme, host and port. */
    boolean isOwn(URI uri) {
        URI own = name.uri("");
        return "https".equalsIgnoreCase(uri.getScheme())
                && own.getHost().equalsIgnoreCase(uri.getHost())
                && port(own) == port(uri);
    }

    private static int port(URI uri) {
        return uri.getPort() == -1 ? 443 : uri.getPort();
    }

    private void authorize(HttpHeaders headers) throws InterruptedException {
        List<Challenge> all = headers.allValues("WWW-Authenticate").stream()
                .limit(8)
                .flatMap(header -> Challenge.parse(header).stream())
                .toList();
        Optional<Challenge> bearer =
                all.stream().filter(one -> one.scheme().equals("bearer")).findFirst();
        if (bearer.isPresent()) {
            authorization = "Bearer " + token(bearer.get());
        } else if (all.stream().noneMatch(one -> one.scheme().equals("basic"))) {
            throw new RegistryException.Refused(name.registry() + " asks in a way that is not known here");
        } else if (credentials.isPresent()) {
            authorization = credentials.get().basic();
        }
    }

    /** Docker Registry v2 authentication, "Token Authentication Specification"; the scope is what we need, whatever the challenge says. */
    private String token(Challenge challenge) throws InterruptedException {
        URI realm = challenge.realm();
        String host = realm.getHost().toLowerCase(Locale.ROOT);
        if (!host.equals(name.uri("").getHost()) && !tokenHosts.contains(host)) {
            throw new RegistryException.Refused(
                    name.registry() + " wants tokens from another host, " + host + ": --token-host allows that");
        }
        String service = challenge.parameters().getOrDefault("service", "");
        String query =
                "service=" + encoded(service) + "&scope=" + encoded("repository:" + name.repository() + ":" + access);
        URI uri = URI.create(realm + (realm.getRawQuery() == null ? "?" : "&") + query);
        HttpResponse<byte[]> response = once(
                Ask.of("GET", uri, Map.of("Accept", "application/json")),
                uri,
                credentials.map(Credentials::basic).orElse(null),
                document(1 << 16));
        return switch (response.statusCode()) {
            case 200 -> Challenge.token(response.body());
            case 401, 403 ->
                throw new RegistryException.Refused(credentials
                        .map(user -> host + " gives " + user + " no token: wrong user or password")
                        .orElse(host + " wants a user and a password"));
            default ->
                throw new RegistryException.Unavailable(
                        host + " gives no token (status " + response.statusCode() + ")");
        };
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private <T> HttpResponse<T> once(Ask ask, URI uri, @Nullable String authorization, HttpResponse.BodyHandler<T> into)
            throws InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .method(ask.method(), ask.body().get())
                .header("User-Agent", "croft");
        ask.headers().forEach(request::header);
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        CompletableFuture<HttpResponse<T>> response = http.sendAsync(request.build(), into);
        try {
            while (true) {
                long before = moved.get();
                try {
                    return response.get(patience.toMillis(), TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) {
                    if (moved.get() == before) {
                        throw new RegistryException.Unavailable(
                                uri.getHost() + " said nothing for " + patience.toSeconds() + " s");
                    }
                }
            }
        } catch (ExecutionException e) {
            throw failed(uri, e.getCause() == null ? e : e.getCause());
        } finally {
            response.cancel(true);
        }
    }

    private static RuntimeException failed(URI uri, Throwable cause) {
        String where = uri.getRawAuthority();
        for (Throwable each = cause; each != null; each = each.getCause()) {
            if (each instanceof RegistryException || each instanceof UncheckedIOException) {
                return (RuntimeException) each;
            }
            if (each instanceof CertificateException) {
                return new RegistryException.Untrusted(
                        "the certificate of " + where + " is not trusted: --ca FILE says whom to trust", cause);
            }
        }
        if (cause instanceof IOException) {
            return new RegistryException.Unavailable(
                    where + " does not answer" + (cause.getMessage() == null ? "" : ": " + cause.getMessage()), cause);
        }
        return new RegistryException.Unavailable(where + " cannot be asked", cause);
    }

    RegistryException.Misbehaved misbehaved(String what) {
        return new RegistryException.Misbehaved(name.registry() + " " + what);
    }

    @Override
    public void close() {
        http.shutdownNow();
        http.close();
    }
}
