package dev.croft.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.capsule.replication.Durability;
import dev.croft.capsule.server.ServerAddress;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.tls.Tls;
import dev.croft.vault.api.Replicas;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Where a private cloud is besides is known to its permission manager and to the registry. */
class ReplicasOrderTest {

    private static final VerifyingKey SERVER = SigningKey.generate().verifyingKey();

    private static Replicas replicas(int port) {
        return new Replicas(List.of(new ServerAddress(SERVER, "127.0.0.1", port).toString()), Durability.QUORUM);
    }

    private static CompletableFuture<HttpResponse<String>> replicate(
            HttpClient http, TestRouter router, String token, String id, int port) {
        return http.sendAsync(
                HttpRequest.newBuilder(
                                URI.create(router.uri() + "/api/v1/clouds/" + id + "/pm/clouds/" + id + "/replicas"))
                        .header("Croft-Token", token)
                        .header("Authorization", "Bearer the.owners.proof")
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofByteArray(dev.croft.vault.api.Json.write(replicas(port))))
                        .build(),
                BodyHandlers.ofString());
    }

    private static HttpClient client(TestRouter router) {
        return HttpClient.newBuilder()
                .sslContext(Tls.trusting(router.config.trustFile()))
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    private static String metrics(HttpClient http, TestRouter router) throws Exception {
        return http.send(
                        HttpRequest.newBuilder(URI.create(router.uri() + "/api/v1/metrics"))
                                .header(
                                        "Croft-Token",
                                        Files.readString(router.config.operatorTokenFile())
                                                .strip())
                                .build(),
                        BodyHandlers.ofString())
                .body();
    }

    @Test
    void ofConcurrentChangesTheRegistryHasTheOneThatThePermissionManagerHas() throws Exception {
        try (TestRouter router = new TestRouter();
                RouterClient owner = router.account("ana", Role.OWNER);
                HttpClient http = client(router)) {
            String id = router.cloud(owner, PrivateCloud.Hosting.SHARED).cloudId();
            String token = owner.issueToken("all", Role.OWNER.scopes(), Duration.ofHours(1))
                    .secret();
            FakePmHost host = router.runtime.host("shared");
            CountDownLatch first = new CountDownLatch(1);
            CountDownLatch second = new CountDownLatch(1);
            CountDownLatch bothAsked = new CountDownLatch(1);
            AtomicBoolean overtaken = new AtomicBoolean();
            host.beforeTaken = taken -> {
                if (!taken.equals(replicas(1))) {
                    second.countDown();
                    return;
                }
                first.countDown();
                try {
                    bothAsked.await();
                    // The other is here in this time, if it does not wait for this one to end.
                    overtaken.set(second.await(500, TimeUnit.MILLISECONDS));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            };
            CompletableFuture<HttpResponse<String>> one = replicate(http, router, token, id, 1);
            first.await();
            CompletableFuture<HttpResponse<String>> other = replicate(http, router, token, id, 2);
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> other.isDone() || metrics(http, router).contains("croft_router_requests_under_way 3"));
            bothAsked.countDown();
            assertThat(one.join().statusCode()).isEqualTo(200);
            assertThat(other.join().statusCode()).isEqualTo(200);
            assertThat(overtaken).isFalse();
            assertThat(host.replicas).containsEntry(id, replicas(2));
            assertThat(owner.cloud(id).replicas()).isEqualTo(replicas(2));
        }
    }

    @Test
    void aChangeWhoseAnswerIsLostIsInTheRegistryAsThePermissionManagerTookIt() throws Exception {
        try (TestRouter router = new TestRouter();
                RouterClient owner = router.account("ana", Role.OWNER);
                HttpClient http = client(router)) {
            String id = router.cloud(owner, PrivateCloud.Hosting.SHARED).cloudId();
            String token = owner.issueToken("all", Role.OWNER.scopes(), Duration.ofHours(1))
                    .secret();
            FakePmHost host = router.runtime.host("shared");
            host.lost.add("replicas");
            assertThat(replicate(http, router, token, id, 1).join().statusCode())
                    .isEqualTo(503);
            assertThat(owner.cloud(id).replicas()).as("the host was asked").isEqualTo(replicas(1));

            host.lost.add("replicas");
            host.lost.add("kept-at");
            assertThat(replicate(http, router, token, id, 2).join().statusCode())
                    .isEqualTo(503);
            await().atMost(Duration.ofSeconds(90))
                    .untilAsserted(() -> assertThat(owner.cloud(id).replicas()).isEqualTo(replicas(2)));
        }
    }
}
