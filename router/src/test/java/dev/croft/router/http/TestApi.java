package dev.croft.router.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.router.Json;
import dev.croft.router.Role;
import dev.croft.router.Scope;
import dev.croft.router.registry.Account;
import dev.croft.router.registry.Registry;
import dev.croft.router.registry.TestDatabases;
import dev.croft.router.tls.CertificateAuthority;
import dev.croft.router.tls.Tls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** An API server of some routes on a fresh registry, and a client that trusts it. */
final class TestApi implements AutoCloseable {

    final Registry registry;
    final ApiServer server;
    final HttpClient client;

    TestApi(Function<Registry, List<Route>> routes, ApiServer.RateLimits limits) {
        try {
            Path directory = Files.createTempDirectory("croft-api");
            CertificateAuthority authority = CertificateAuthority.open(directory.resolve("ca"), Clock.systemUTC());
            Path tls = directory.resolve("tls");
            authority.ensure(
                    tls, "router", CertificateAuthority.Purpose.SERVER, List.of("localhost", "127.0.0.1", "::1"));
            registry = TestDatabases.embedded().open(Clock.systemUTC());
            server = new ApiServer(
                    registry,
                    new Bearers(registry, Optional.empty()),
                    routes.apply(registry),
                    Tls.context(tls.resolve("certificate.pem"), tls.resolve("key.pem"), null),
                    "127.0.0.1",
                    0,
                    limits,
                    new RequestMetrics(),
                    Optional.empty());
            server.start();
            client = HttpClient.newBuilder()
                    .sslContext(Tls.trusting(directory.resolve("ca/ca.pem")))
                    .version(HttpClient.Version.HTTP_1_1)
                    .build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Account account(String name, Role role) {
        return registry.accounts()
                .findByName(name)
                .orElseGet(() -> registry.accounts().create(name, role, null));
    }

    String token(String name, Role role, Set<Scope> scopes) {
        return registry.tokens()
                .issue(account(name, role), "test", scopes, Duration.ofHours(1))
                .secret();
    }

    String token(String name, Role role) {
        return token(name, role, role.scopes());
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("https://localhost:" + server.port() + path))
                .timeout(Duration.ofSeconds(60));
    }

    HttpResponse<String> send(HttpRequest request) {
        try {
            return client.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    HttpResponse<String> call(String method, String path, String token, String body) {
        HttpRequest.Builder request = request(path).method(method, BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        return send(request.build());
    }

    static JsonNode json(HttpResponse<String> answer) {
        try {
            return Json.shared().readTree(answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
        server.close();
        registry.close();
    }
}
