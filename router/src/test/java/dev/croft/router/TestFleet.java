package dev.croft.router;

import static org.awaitility.Awaitility.await;

import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.replication.Durability;
import dev.croft.capsule.server.ServerAddress;
import dev.croft.router.fleet.Invitation;
import dev.croft.router.fleet.Join;
import dev.croft.router.http.RouterRoutes;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.registry.TestDatabases;
import dev.croft.router.testing.CutLine;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Replicas;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** Routers of one PostgreSQL registry within the test's process: the first, and one that joined whose line to the database can be cut. */
final class TestFleet implements AutoCloseable {

    /** Of which nothing is lost while a machine stands still for half a minute. */
    static final Duration LEASE = Duration.ofSeconds(40);
    /** For those who wait for its end; on a slow machine it ends at other times too. */
    static final Duration SHORT = Duration.ofSeconds(15);

    static final Replicas REPLICAS = new Replicas(
            List.of(new ServerAddress(SigningKey.generate().verifyingKey(), "127.0.0.1", 9).toString()),
            Durability.QUORUM);

    final CutLine line;
    final TestRouter first;
    final TestRouter second;
    private final String url;

    private final Duration lease;

    TestFleet() {
        this(_ -> {}, LEASE);
    }

    /** @param before does something with the first router's state before it starts */
    TestFleet(Consumer<RouterConfig> before, Duration lease) {
        this.lease = lease;
        url = TestDatabases.postgresUrl();
        try {
            line = new CutLine(URI.create(url.substring("jdbc:".length())).getPort());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        first = new TestRouter(over(url, lease), before);
        second = joined(
                first.operator(), first.uri(), "second", url.replaceFirst(":[0-9]+/", ":" + line.port() + "/"), lease);
    }

    static UnaryOperator<RouterConfig> over(String url, Duration lease) {
        return config -> config.withDatabase(new RouterConfig.Database(url, "postgres", ""))
                .withPeers(new RouterConfig.Peers(0, lease));
    }

    static TestRouter joined(RouterClient operator, URI first, String name, String url, Duration lease) {
        Invitation invitation = invited(operator, first, name);
        return new TestRouter(over(url, lease), config -> Join.with(invitation, config.stateDirectory()));
    }

    static Invitation invited(RouterClient operator, URI first, String name) {
        RouterRoutes.Invited invited = operator.invite(name, 1);
        return new Invitation(first, invited.trust(), invited.name(), invited.secret());
    }

    /** Waits until the first router knows of the second. */
    TestFleet met() {
        await().atMost(Duration.ofSeconds(120))
                .ignoreExceptionsInstanceOf(RouterClient.Refused.class)
                .until(() -> first.operator().routers().stream()
                        .anyMatch(router -> router.name().equals("second")
                                && router.state().equals("serving")
                                && !router.url().isEmpty()));
        return this;
    }

    /** Another that joins. */
    TestRouter third() {
        return joined(first.operator(), first.uri(), "third", url, lease);
    }

    /** A private cloud at that router, whose key was brought through the other. */
    static OwnerKey cloudAt(RouterClient owner, String router, boolean replicated) {
        while (true) {
            OwnerKey key = OwnerKey.generate();
            PrivateCloud made = owner.createCloud(key.cloudId(), "mine", PrivateCloud.Hosting.SHARED);
            if (made.home().equals(router)) {
                owner.bringKey(key, null, null, replicated ? REPLICAS : null, false);
                return key;
            }
        }
    }

    @Override
    public void close() throws IOException {
        second.close();
        first.close();
        line.close();
    }
}
