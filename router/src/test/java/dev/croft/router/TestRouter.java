package dev.croft.router;

import dev.croft.budget.Epsilon;
import dev.croft.router.http.ApiServer;
import dev.croft.router.placement.HostLaunch;
import dev.croft.router.placement.HostProgram;
import dev.croft.router.query.Coordinator;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.tls.Tls;
import dev.croft.runtime.Limits;
import dev.croft.vault.api.OwnerKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A whole router over a {@link FakeRuntime}, which can be stopped, killed and started again. */
final class TestRouter implements AutoCloseable {

    final Path directory;
    final FakeRuntime runtime;
    RouterConfig config;
    RouterServer server;

    TestRouter() {
        this(config -> config);
    }

    TestRouter(UnaryOperator<RouterConfig> change) {
        this(change, _ -> {});
    }

    /** @param before does something with its state before it starts */
    TestRouter(UnaryOperator<RouterConfig> change, Consumer<RouterConfig> before) {
        try {
            directory = Files.createTempDirectory("croft-router");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        runtime = new FakeRuntime();
        config = change.apply(RouterConfig.embedded(directory.resolve("state"))
                .withListen("127.0.0.1", 0)
                .withServicesDirectory(directory.resolve("services"))
                .withRates(new ApiServer.RateLimits(100_000, 100_000, 60_000))
                .withQueries(new Coordinator.Limits(3, Epsilon.parse("10"), 16)));
        before.accept(config);
        server = new RouterServer(config, runtime, TestRouter::program);
        server.start();
    }

    static HostProgram program(HostLaunch launch) {
        return new HostProgram(
                List.of(
                        "pm",
                        launch.tlsDirectory().toString(),
                        launch.portFile().toString(),
                        launch.doorsDirectory().toString()),
                List.of(),
                Map.of(),
                Limits.service().withWallClock(Limits.FOREVER));
    }

    /** Stops it in good order and starts it again. */
    void restart() {
        server.close();
        start();
    }

    /** Starts it again after it was closed. */
    void start() {
        server = new RouterServer(config, runtime, TestRouter::program);
        server.start();
    }

    URI uri() {
        return URI.create("https://localhost:" + server.port());
    }

    RouterClient client(String token) {
        return RouterClient.of(uri(), config.trustFile(), token);
    }

    RouterClient operator() {
        try {
            return client(Files.readString(config.operatorTokenFile()).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it counts. */
    String metrics() throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newBuilder()
                .sslContext(Tls.trusting(config.trustFile()))
                .build()) {
            return http.send(
                            HttpRequest.newBuilder(URI.create(uri() + "/api/v1/metrics"))
                                    .header(
                                            "Croft-Token",
                                            Files.readString(config.operatorTokenFile())
                                                    .strip())
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    /** A client with a token of an account, which is made if it is not there. */
    RouterClient account(String name, Role role) {
        RouterClient operator = operator();
        if (operator.accounts().stream().noneMatch(account -> account.name().equals(name))) {
            operator.createAccount(name, role, null);
        }
        return client(operator.issueTokenFor(name, "test", role.scopes(), Duration.ofHours(1))
                .secret());
    }

    /** A private cloud of that account, whose key was brought. */
    OwnerKey cloud(RouterClient owner, PrivateCloud.Hosting hosting) {
        OwnerKey key = OwnerKey.generate();
        owner.createCloud(key.cloudId(), "mine", hosting);
        owner.bringKey(key, null, null);
        return key;
    }

    @Override
    public void close() {
        server.close();
        runtime.close();
    }
}
