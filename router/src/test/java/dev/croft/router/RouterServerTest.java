package dev.croft.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.router.query.QueryAnswer;
import dev.croft.router.query.QueryRequest;
import dev.croft.router.registry.AuditTrail;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.tls.Tls;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.RelayException;
import dev.croft.vault.api.Signer;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;

class RouterServerTest {

    private static HttpResponse<String> relay(
            TestRouter router, String token, String method, String cloud, String path, HttpRequest.BodyPublisher body)
            throws Exception {
        try (HttpClient http = HttpClient.newBuilder()
                .sslContext(Tls.trusting(router.config.trustFile()))
                .version(HttpClient.Version.HTTP_1_1)
                .build()) {
            return http.send(
                    HttpRequest.newBuilder(URI.create(router.uri() + "/api/v1/clouds/" + cloud + "/pm" + path))
                            .header("Croft-Token", token)
                            .header("Authorization", "Bearer the.owners.proof")
                            .header("Content-Type", "application/json")
                            .header("X-Other", "stays here")
                            .method(method, body)
                            .build(),
                    BodyHandlers.ofString());
        }
    }

    private static String token(TestRouter router, String name, Role role) {
        RouterClient operator = router.operator();
        if (operator.accounts().stream().noneMatch(account -> account.name().equals(name))) {
            operator.createAccount(name, role, null);
        }
        return operator.issueTokenFor(name, "test", role.scopes(), Duration.ofHours(1))
                .secret();
    }

    @Test
    void theFirstStartMakesAnOperatorAndKeepsItsFilesToItself() throws Exception {
        try (TestRouter router = new TestRouter()) {
            assertThat(router.operator().account().role()).isEqualTo(Role.OPERATOR);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(router.config.operatorTokenFile())))
                    .isEqualTo("rw-------");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(router.config.stateDirectory())))
                    .isEqualTo("rwx------");
            assertThat(router.client("").healthy()).isTrue();
        }
    }

    @Test
    void whatIsRelayedPassesUnchangedButForTheRoutersOwnToken() throws Exception {
        try (TestRouter router = new TestRouter()) {
            String token = token(router, "ana", Role.OWNER);
            OwnerKey key = router.cloud(router.client(token), PrivateCloud.Hosting.SHARED);
            String path = "/clouds/" + key.cloudId() + "/collections/data/find?a=%20b";
            HttpResponse<String> answer =
                    relay(router, token, "POST", key.cloudId(), path, BodyPublishers.ofString("{\"x\":1}"));
            JsonNode echo = Json.shared().readTree(answer.body());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(echo.get("uri").asText()).isEqualTo(path);
            assertThat(echo.get("length").asLong()).isEqualTo(7);
            assertThat(echo.get("headers").get("Authorization").get(0).asText()).isEqualTo("Bearer the.owners.proof");
            assertThat(answer.body()).doesNotContain(token).doesNotContain("stays here");
        }
    }

    @Test
    void whatTheRelayItselfRefusesKeepsItsCodeAndMessageAtTheClient() throws Exception {
        try (TestRouter router = new TestRouter()) {
            RouterClient owner = router.account("ana", Role.OWNER);
            OwnerKey key = OwnerKey.generate();
            owner.createCloud(key.cloudId(), "mine", PrivateCloud.Hosting.SHARED);
            assertThatThrownBy(
                            () -> owner.pm(key.cloudId()).as(Signer.owner(key)).budget())
                    .isInstanceOfSatisfying(ProblemException.class, e -> {
                        assertThat(e.code()).isEqualTo(ProblemCode.CONFLICT);
                        assertThat(e.detail()).contains("key was not brought yet");
                    });
            assertThatThrownBy(() -> owner.pm(key.cloudId()).metrics())
                    .isInstanceOfSatisfying(RelayException.class, e -> {
                        assertThat(e.status()).isEqualTo(403);
                        assertThat(e.code()).isEqualTo("forbidden");
                        assertThat(e.detail()).isEqualTo("this is not relayed for this account");
                    });
        }
    }

    @Test
    void onlyWhatAProofProtectsIsRelayed() throws Exception {
        try (TestRouter router = new TestRouter()) {
            String owner = token(router, "ana", Role.OWNER);
            String other = token(router, "ben", Role.OWNER);
            String analyst = token(router, "ida", Role.ANALYST);
            OwnerKey key = router.cloud(router.client(owner), PrivateCloud.Hosting.SHARED);
            String id = key.cloudId();
            String foreign = router.cloud(router.client(other), PrivateCloud.Hosting.SHARED)
                    .cloudId();
            for (String path :
                    List.of("/wake", "/hibernate", "/hold", "/keep", "/drop", "/release", "/handover", "/doors")) {
                assertThat(relay(router, owner, "POST", id, "/clouds/" + id + path, BodyPublishers.ofString("{}"))
                                .statusCode())
                        .as(path)
                        .isEqualTo(403);
            }
            assertThat(relay(router, owner, "GET", id, "/metrics", BodyPublishers.noBody())
                            .statusCode())
                    .isEqualTo(403);
            assertThat(relay(router, analyst, "GET", id, "/status", BodyPublishers.noBody())
                            .statusCode())
                    .isEqualTo(403);
            assertThat(relay(router, analyst, "POST", id, "/clouds/" + id + "/unlock", BodyPublishers.ofString("{}"))
                            .statusCode())
                    .isEqualTo(403);
            assertThat(relay(router, analyst, "GET", id, "/clouds/" + id + "/budget", BodyPublishers.noBody())
                            .statusCode())
                    .isEqualTo(403);
            assertThat(relay(
                                    router,
                                    analyst,
                                    "POST",
                                    id,
                                    "/clouds/" + id + "/collections/c/find",
                                    BodyPublishers.ofString("{}"))
                            .statusCode())
                    .isEqualTo(200);
            assertThat(relay(
                                    router,
                                    other,
                                    "POST",
                                    id,
                                    "/clouds/" + id + "/collections/c/find",
                                    BodyPublishers.ofString("{}"))
                            .statusCode())
                    .isEqualTo(404);
            // The other private cloud's id in the inner path, dots, and routes that do not exist.
            for (String path : List.of(
                    "/clouds/" + foreign + "/collections/c/find",
                    "/clouds/" + id + "/collections/../../" + foreign + "/find",
                    "/clouds/" + id + "/collections/%2e%2e/find",
                    "/clouds/" + id + "/collections/a%2fb/find",
                    "/clouds/" + id + "/nothing",
                    "/")) {
                assertThat(relay(router, owner, "POST", id, path, BodyPublishers.ofString("{}"))
                                .statusCode())
                        .as(path)
                        .isIn(400, 404);
            }
        }
    }

    @Test
    void nobodyMakesAnotherPrivateCloudThanTheOneRecorded() {
        try (TestRouter router = new TestRouter()) {
            RouterClient owner = router.account("ana", Role.OWNER);
            OwnerKey mine = OwnerKey.generate();
            OwnerKey another = OwnerKey.generate();
            owner.createCloud(mine.cloudId(), "mine", PrivateCloud.Hosting.SHARED);
            assertThatThrownBy(() -> owner.pm(mine.cloudId()).create(another, null, null))
                    .hasMessageStartingWith("conflict: the key is another");
            assertThat(router.runtime.host("shared").clouds).isEmpty();
        }
    }

    @Test
    void beforeItsKeyIsBroughtAPrivateCloudDoesNothing() {
        try (TestRouter router = new TestRouter()) {
            RouterClient owner = router.account("ana", Role.OWNER);
            String id = OwnerKey.generate().cloudId();
            owner.createCloud(id, "mine", PrivateCloud.Hosting.OWN_PROCESS);
            for (ThrowableAssert.ThrowingCallable attempt : List.<ThrowableAssert.ThrowingCallable>of(
                    () -> owner.wake(id),
                    () -> owner.hibernate(id),
                    () -> owner.launch(id, "x", null, "some-grant", null))) {
                assertThatThrownBy(attempt)
                        .isInstanceOfSatisfying(
                                RouterClient.Refused.class,
                                e -> assertThat(e.status()).isEqualTo(409));
            }
            assertThat(router.runtime.runsHost("own-" + id)).isFalse();
        }
    }

    @Test
    void aLargeUploadStreamsThroughAndOneWithoutALengthIsRefused() throws Exception {
        try (TestRouter router = new TestRouter()) {
            String token = token(router, "ana", Role.OWNER);
            String id = router.cloud(router.client(token), PrivateCloud.Hosting.SHARED)
                    .cloudId();
            long size = 300L << 20;
            InputStream zeros = new InputStream() {
                private long left = size;

                @Override
                public int read() {
                    return left-- > 0 ? 0 : -1;
                }

                @Override
                public int read(byte[] buffer, int from, int length) {
                    int n = (int) Math.min(left, length);
                    left -= n;
                    return n == 0 ? -1 : n;
                }
            };
            HttpResponse<String> answer = relay(
                    router,
                    token,
                    "POST",
                    id,
                    "/clouds/" + id + "/upload",
                    BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> zeros), size));
            assertThat(Json.shared().readTree(answer.body()).get("length").asLong())
                    .isEqualTo(size);
            HttpResponse<String> chunked = relay(
                    router,
                    token,
                    "POST",
                    id,
                    "/clouds/" + id + "/upload",
                    BodyPublishers.ofInputStream(InputStream::nullInputStream));
            assertThat(chunked.statusCode()).isEqualTo(411);
        }
    }

    @Test
    void anIdlePrivateCloudHibernatesAndWakesOnTheFirstRequest() throws Exception {
        try (TestRouter router = new TestRouter(config -> config.withIdle(Duration.ofMillis(300)))) {
            String token = token(router, "ana", Role.OWNER);
            RouterClient owner = router.client(token);
            String id = router.cloud(owner, PrivateCloud.Hosting.SHARED).cloudId();
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> router.runtime.host("shared").clouds.get(id) == FakePmHost.Key.ASLEEP);
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> owner.cloud(id).state() == PrivateCloud.State.HIBERNATED);
            assertThat(relay(
                                    router,
                                    token,
                                    "POST",
                                    id,
                                    "/clouds/" + id + "/collections/c/find",
                                    BodyPublishers.ofString("{}"))
                            .statusCode())
                    .isEqualTo(200);
            await().atMost(Duration.ofSeconds(90))
                    .until(() ->
                            owner.cloud(id).lastUsed().isAfter(owner.cloud(id).created()));
        }
    }

    @Test
    void aPrivateCloudOfItsOwnProcessHandsItsKeyOverWhenItSleepsAndTakesItBack() {
        try (TestRouter router = new TestRouter()) {
            RouterClient owner = router.account("ana", Role.OWNER);
            String id = router.cloud(owner, PrivateCloud.Hosting.OWN_PROCESS).cloudId();
            assertThat(router.runtime.host("own-" + id).clouds).containsEntry(id, FakePmHost.Key.AWAKE);
            owner.hibernate(id);
            assertThat(router.runtime.runsHost("own-" + id)).isFalse();
            assertThat(router.runtime.host("shared").clouds).containsEntry(id, FakePmHost.Key.ASLEEP);
            assertThat(owner.wake(id)).isEqualTo("awake");
            assertThat(router.runtime.host("shared").clouds).containsEntry(id, FakePmHost.Key.LOCKED);
            assertThat(router.runtime.host("own-" + id).clouds).containsEntry(id, FakePmHost.Key.AWAKE);
            assertThat(owner.cloud(id).state()).isEqualTo(PrivateCloud.State.AWAKE);
        }
    }

    @Test
    void withoutItsOwnerAPrivateCloudLeavesNoHostOfItsOwnAndIsLockedNowhere() {
        try (TestRouter router = new TestRouter()) {
            RouterClient owner = router.account("ana", Role.OWNER);
            String own = router.cloud(owner, PrivateCloud.Hosting.OWN_PROCESS).cloudId();
            String shared = router.cloud(router.account("bob", Role.OWNER), PrivateCloud.Hosting.SHARED)
                    .cloudId();
            for (boolean asleep : List.of(false, true)) {
                if (asleep) {
                    owner.hibernate(own);
                }
                assertThatThrownBy(() -> router.server.clouds().move(own, PrivateCloud.Hosting.SHARED))
                        .isInstanceOf(RouterException.Conflict.class);
            }
            assertThatThrownBy(() -> router.server.clouds().move(shared, PrivateCloud.Hosting.OWN_PROCESS))
                    .isInstanceOf(RouterException.Conflict.class);
            assertThat(router.runtime.host("shared").clouds).containsEntry(shared, FakePmHost.Key.AWAKE);
            assertThat(owner.wake(own)).isEqualTo("awake");

            // Whoever brings the key next names the new host.
            FakePmHost lost = router.runtime.host("shared");
            router.runtime.crashHost("shared");
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> router.runtime.runsHost("shared") && router.runtime.host("shared") != lost);
            await().atMost(Duration.ofSeconds(90))
                    .ignoreExceptions()
                    .until(() -> router.server.clouds().move(shared, PrivateCloud.Hosting.OWN_PROCESS));
        }
    }

    @Test
    void theSharedHostIsStartedAgainByItselfWhenItIsLost() {
        try (TestRouter router = new TestRouter()) {
            RouterClient owner = router.account("ana", Role.OWNER);
            String id = router.cloud(owner, PrivateCloud.Hosting.SHARED).cloudId();
            for (int i = 0; i < 2; i++) {
                FakePmHost lost = router.runtime.host("shared");
                router.runtime.crashHost("shared");
                await().atMost(Duration.ofSeconds(90))
                        .until(() -> router.runtime.runsHost("shared") && router.runtime.host("shared") != lost);
            }
            await().atMost(Duration.ofSeconds(90))
                    .ignoreExceptions()
                    .until(() -> owner.wake(id).equals("locked"));
            assertThat(router.runtime.list())
                    .as("nothing of those that were lost is left")
                    .filteredOn(status -> "shared".equals(status.labels().get("croft/host")))
                    .hasSize(1);
        }
    }

    @Test
    void aSharedHostThatDoesNotStartIsTriedAgainUntilItDoes() {
        try (TestRouter router = new TestRouter()) {
            await().atMost(Duration.ofSeconds(90)).until(() -> router.runtime.runsHost("shared"));
            router.runtime.hostsFail = true;
            router.runtime.crashHost("shared");
            await().atMost(Duration.ofSeconds(90)).until(() -> !router.runtime.runsHost("shared"));
            router.runtime.hostsFail = false;
            await().atMost(Duration.ofSeconds(90)).until(() -> router.runtime.runsHost("shared"));
        }
    }

    @Test
    void aDeletedPrivateCloudIsGoneEverywhere() {
        try (TestRouter router = new TestRouter()) {
            RouterClient owner = router.account("ana", Role.OWNER);
            OwnerKey key = router.cloud(owner, PrivateCloud.Hosting.OWN_PROCESS);
            owner.deleteCloud(Signer.owner(key));
            assertThat(owner.clouds()).isEmpty();
            assertThat(router.runtime.runsHost("own-" + key.cloudId())).isFalse();
            assertThat(router.operator().hosts()).extracting("id").containsExactly("shared");
        }
    }

    @Test
    void everythingIsThereAfterARestart() {
        try (TestRouter router = new TestRouter()) {
            RouterClient owner = router.account("ana", Role.OWNER);
            String id = router.cloud(owner, PrivateCloud.Hosting.SHARED).cloudId();
            owner.enrol(id, "count", "grant-for-count");
            String coordinator = owner.coordinatorKey();
            String token = owner.issueToken("kept", Role.OWNER.scopes(), Duration.ofHours(1))
                    .secret();
            router.restart();
            RouterClient again = router.client(token);
            assertThat(again.account().name()).isEqualTo("ana");
            assertThat(again.clouds()).extracting(PrivateCloud::id).containsExactly(id);
            assertThat(again.enrolments(id)).containsEntry("count", "grant-for-count");
            assertThat(again.coordinatorKey()).isEqualTo(coordinator);
            assertThat(router.operator().audit(0, 1000))
                    .extracting(AuditTrail.Entry::act)
                    .contains("POST /clouds");
        }
    }

    @Test
    void aQueryAcrossPeopleIsAnsweredWithNoiseAndPaidOnceByEach() throws Exception {
        try (TestRouter router = new TestRouter()) {
            List<String> clouds = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                RouterClient owner = router.account("owner" + i, Role.OWNER);
                String id = router.cloud(owner, PrivateCloud.Hosting.SHARED).cloudId();
                owner.enrol(id, "count", "grant-for-count");
                clouds.add(id);
            }
            RouterClient analyst = router.account("ida", Role.ANALYST);
            QueryRequest query = new QueryRequest(
                    "count",
                    List.of(new QueryRequest.Cell("there", new BsonDocument())),
                    null,
                    null,
                    new BigDecimal("2"),
                    new BigDecimal("0.5"),
                    null,
                    0.95);
            assertThat(analyst.price(query).epsilon()).isEqualByComparingTo("2.5");
            RouterClient.Asked asked = analyst.await(analyst.ask(query).id(), Duration.ofSeconds(30));
            assertThat(asked.problem()).isNull();
            QueryAnswer answer = Objects.requireNonNull(asked.answer());
            assertThat(answer.cells().getFirst().value()).isBetween(-20L, 30L);
            assertThat(answer.epsilon()).isEqualByComparingTo("2.5");
            assertThat(answer.participants().noisy()).isNotNull();
            assertThat(router.runtime.host("shared").charged)
                    .hasSize(5)
                    .containsOnlyKeys(clouds)
                    .values()
                    .containsOnly(1L);
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> analyst.query(asked.id()).state().equals("answered"));
            assertThatThrownBy(() -> router.account("other", Role.ANALYST).query(asked.id()))
                    .isInstanceOfSatisfying(
                            RouterClient.Refused.class,
                            e -> assertThat(e.status()).isEqualTo(404));
            QueryRequest chosen = new QueryRequest(
                    "count", query.cells(), clouds.subList(0, 2), null, new BigDecimal("1"), null, null, null);
            RouterClient.Asked few = analyst.await(analyst.ask(chosen).id(), Duration.ofSeconds(30));
            assertThat(few.state()).isEqualTo("failed");
            assertThat(few.problem()).contains("cohort");
            assertThat(router.runtime.host("shared").charged.values()).containsOnly(1L);
        }
    }
}
