package dev.croft.router;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.router.http.ApiServer;
import dev.croft.vault.api.TraceContext;
import dev.croft.vault.api.TraceSpan;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Requests to a router's API with one account's token, and what is made of their answers. Thread-safe. */
abstract class RouterCalls implements AutoCloseable {
    private static final int MOST_ANSWER = 64 << 20;
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    final HttpClient http;
    final URI base;
    final String token;

    RouterCalls(HttpClient http, URI base, String token) {
        this.http = http;
        this.base = base;
        this.token = token;
    }

    HttpRequest.Builder request(String path) {
        return begin(path).header(ApiServer.TOKEN_HEADER, token);
    }

    HttpRequest.Builder authorized(String path) {
        HttpRequest.Builder request = begin(path);
        return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
    }

    private HttpRequest.Builder begin(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).timeout(TIMEOUT);
        TraceSpan.current()
                .ifPresent(span ->
                        request.header(TraceContext.HEADER, span.context().header()));
        return request;
    }

    <T> T get(String path, TypeReference<T> type) {
        return parse(call("GET", path, null), type);
    }

    <T> T post(String path, @Nullable Object body, TypeReference<T> type) {
        return parse(call("POST", path, body == null ? new byte[0] : Json.write(body)), type);
    }

    static <T> T parse(byte[] json, TypeReference<T> type) {
        try {
            return Json.shared().readValue(json, type);
        } catch (IOException e) {
            throw new RouterException.Unavailable("the router's answer is not as documented", e);
        }
    }

    byte[] call(String method, String path, byte @Nullable [] body) {
        HttpRequest.Builder request = authorized(path);
        if (body == null) {
            request.method(method, BodyPublishers.noBody());
        } else {
            request.header("Content-Type", "application/json").method(method, BodyPublishers.ofByteArray(body));
        }
        return read(send(request.build()));
    }

    HttpResponse<InputStream> send(HttpRequest request) {
        try {
            return http.send(request, BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw new RouterException.Unavailable(
                    e.getMessage() == null
                            ? "the router does not answer"
                            : "the router does not answer: " + e.getMessage(),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RouterException.Unavailable("interrupted", e);
        }
    }

    static byte[] read(HttpResponse<InputStream> answer) {
        try (InputStream in = answer.body()) {
            byte[] body = in.readNBytes(MOST_ANSWER);
            if (answer.statusCode() / 100 == 2) {
                return body;
            }
            JsonNode problem = body.length == 0 ? null : Json.shared().readTree(body);
            String type = problem == null ? "" : problem.path("type").asText();
            throw new RouterClient.Refused(
                    answer.statusCode(),
                    type.substring(type.lastIndexOf('/') + 1),
                    problem == null ? "" : problem.path("detail").asText());
        } catch (IOException e) {
            throw new RouterException.Unavailable("the router's answer broke off", e);
        }
    }

    static String segment(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public void close() {
        http.close();
    }
}
