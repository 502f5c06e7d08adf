package dev.croft.router.oidc;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.router.Json;
import dev.croft.router.RouterException;
import dev.croft.router.tls.Tls;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Calls to a provider: over TLS (plain only to this machine), without redirects, answers bounded in size and time. Thread-safe. */
public final class OidcHttp implements AutoCloseable {

    private static final long LONGEST = 512 * 1024;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "[::1]");

    private final HttpClient http;

    /** @param trust PEM certificates to trust instead of Java's */
    public OidcHttp(Optional<Path> trust) {
        HttpClient.Builder builder = HttpClient.newBuilder()
                .connectTimeout(TIMEOUT)
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER);
        trust.ifPresent(file -> builder.sslContext(Tls.trusting(file)));
        http = builder.build();
    }

    /** The answer to a form, of whatever status. */
    record Answer(int status, JsonNode body) {}

    /**
     * The provider's own description of itself (OpenID Connect Discovery 1.0, section 4).
     *
     * @throws RouterException.Unavailable when it does not answer, or answers as another issuer
     */
    JsonNode discover(URI issuer) {
        String base = issuer.toString();
        URI place = URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base)
                + "/.well-known/openid-configuration");
        JsonNode metadata = json(get(place));
        // Section 4.3: else one provider could speak for another.
        if (!metadata.path("issuer").asText().equals(base)) {
            throw new RouterException.Unavailable("the identity provider gives itself another issuer");
        }
        return metadata;
    }

    /** An endpoint that the description names. */
    static URI endpoint(JsonNode metadata, String name) {
        String text = metadata.path(name).asText("");
        if (text.isEmpty()) {
            throw new RouterException.Unavailable("the identity provider has no " + name);
        }
        try {
            return checked(URI.create(text));
        } catch (IllegalArgumentException e) {
            throw new RouterException.Unavailable("the identity provider's " + name + " is no URL");
        }
    }

    /** The URL, if what is sent there cannot be read or changed on the way. */
    static URI checked(URI url) {
        boolean secret = "https".equals(url.getScheme())
                || "http".equals(url.getScheme()) && THIS_MACHINE.contains(String.valueOf(url.getHost()));
        if (!secret || url.getHost() == null || url.getUserInfo() != null || url.getFragment() != null) {
            throw new RouterException.Invalid("an identity provider has https URLs");
        }
        return url;
    }

    byte[] get(URI url) {
        HttpResponse<byte[]> answer = send(HttpRequest.newBuilder(checked(url))
                .header("Accept", "application/json")
                .timeout(TIMEOUT)
                .build());
        if (answer.statusCode() != 200) {
            throw new RouterException.Unavailable("the identity provider answers with status " + answer.statusCode());
        }
        return answer.body();
    }

    Answer post(URI url, Map<String, String> form) {
        String body = form.entrySet().stream()
                .map(field -> URLEncoder.encode(field.getKey(), StandardCharsets.UTF_8) + "="
                        + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        HttpResponse<byte[]> answer = send(HttpRequest.newBuilder(checked(url))
                .header("Accept", "application/json")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .timeout(TIMEOUT)
                .POST(BodyPublishers.ofString(body))
                .build());
        return new Answer(answer.statusCode(), json(answer.body()));
    }

    private HttpResponse<byte[]> send(HttpRequest request) {
        try {
            return http.send(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LONGEST));
        } catch (IOException e) {
            throw new RouterException.Unavailable("the identity provider does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RouterException.Unavailable("interrupted", e);
        }
    }

    private static JsonNode json(byte[] body) {
        try {
            return Json.read(body, JsonNode.class);
        } catch (RouterException.Invalid e) {
            throw new RouterException.Unavailable("the identity provider does not answer with JSON", e);
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
