package dev.croft.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.router.fleet.Invitation;
import dev.croft.router.fleet.Join;
import dev.croft.router.http.RouterRoutes;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.tls.CertificateAuthority;
import dev.croft.router.tls.Identity;
import dev.croft.router.tls.IssuedCertificate;
import dev.croft.router.tls.JoinedAuthority;
import dev.croft.router.tls.Tls;
import dev.croft.vault.api.Base64Url;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Signer;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two routers over one PostgreSQL registry: either takes any request, and each private cloud is at one of them at a time. */
class FleetTest {

    private static RouterClient at(TestRouter router, TestRouter issuer, String account, Role role) {
        return router.client(issuer.operator()
                .issueTokenFor(account, "t", role.scopes(), Duration.ofHours(1))
                .secret());
    }

    private static RouterRoutes.RouterView view(RouterClient operator, String name) {
        return operator.routers().stream()
                .filter(router -> router.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static HttpResponse<String> relay(TestRouter router, String token, String id, String body)
            throws Exception {
        try (HttpClient http = HttpClient.newBuilder()
                .sslContext(Tls.trusting(router.config.trustFile()))
                .version(HttpClient.Version.HTTP_1_1)
                .build()) {
            return http.send(
                    HttpRequest.newBuilder(URI.create(router.uri() + "/api/v1/clouds/" + id + "/pm/clouds/" + id
                                    + "/collections/data/find?a=%20b"))
                            .header("Croft-Token", token)
                            .header("Authorization", "Bearer the.owners.proof")
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofString(body))
                            .build(),
                    BodyHandlers.ofString());
        }
    }

    /** As long as a router says that it is out of touch, or that the other is, it is asked again. */
    private static <T> T asked(Callable<T> what) {
        return await().atMost(Duration.ofSeconds(90))
                .ignoreExceptionsMatching(e -> e instanceof RouterClient.Refused refused && refused.status() == 503)
                .until(what, _ -> true);
    }

    private static HttpResponse<String> relayed(TestRouter router, String token, String id, String body) {
        return await().atMost(Duration.ofSeconds(90))
                .until(() -> relay(router, token, id, body), answer -> answer.statusCode() != 503);
    }

    /** On a machine that stands still for longer than a lease, a router lets go and comes back: so it is asked until it answers. */
    private static void answers(TestRouter router, String token, OwnerKey cloud) {
        await().atMost(Duration.ofSeconds(90))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(relay(router, token, cloud.cloudId(), "{}"))
                        .satisfies(answer -> assertThat(answer.statusCode())
                                .as(answer.body())
                                .isEqualTo(200)));
    }

    private static void follows(TestRouter router, int roots) {
        await().atMost(Duration.ofSeconds(90)).ignoreExceptions().untilAsserted(() -> {
            router.server.followTrust();
            assertThat(Identity.certificates(Files.readAllBytes(router.config.trustFile())))
                    .hasSize(roots);
        });
    }

    private static boolean joins(Invitation invitation, Path state) {
        return await().atMost(Duration.ofSeconds(90))
                .ignoreExceptions()
                .until(() -> Join.with(invitation, state), _ -> true);
    }

    @Test
    void eitherRouterTakesAnyRequestAndPassesOnUnreadWhatIsTheOthers() throws Exception {
        try (TestFleet fleet = new TestFleet().met()) {
            RouterClient owner = fleet.first.account("ana", Role.OWNER);
            RouterClient across = at(fleet.second, fleet.first, "ana", Role.OWNER);
            OwnerKey near = TestFleet.cloudAt(owner, "main", false);
            OwnerKey far = TestFleet.cloudAt(owner, "second", false);
            String token = owner.issueToken("all", Role.OWNER.scopes(), Duration.ofHours(1))
                    .secret();
            for (TestRouter router : new TestRouter[] {fleet.first, fleet.second}) {
                for (OwnerKey key : new OwnerKey[] {near, far}) {
                    HttpResponse<String> answer = relayed(router, token, key.cloudId(), "{\"x\":1}");
                    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                    JsonNode echo = Json.shared().readTree(answer.body());
                    assertThat(echo.get("uri").asText())
                            .isEqualTo("/clouds/" + key.cloudId() + "/collections/data/find?a=%20b");
                    assertThat(echo.get("length").asLong()).isEqualTo(7);
                    assertThat(echo.get("headers").get("Authorization").get(0).asText())
                            .isEqualTo("Bearer the.owners.proof");
                    assertThat(answer.body()).doesNotContain(token);
                }
            }
            asked(() -> {
                across.hibernate(near.cloudId());
                return true;
            });
            assertThat(asked(() -> owner.wake(far.cloudId()))).isEqualTo("awake");
            assertThat(asked(() -> owner.explain(far.cloudId())).cloud()).isEqualTo(far.cloudId());
            assertThat(asked(() -> across.hostKeys(near.cloudId())))
                    .isEqualTo(asked(() -> owner.hostKeys(near.cloudId())));

            RouterClient operator = at(fleet.second, fleet.first, "operator", Role.OPERATOR);
            operator.createAccount("ida", Role.ANALYST, null);
            assertThat(at(fleet.second, fleet.first, "ida", Role.ANALYST).coordinatorKey())
                    .isEqualTo(owner.coordinatorKey());
            assertThat(operator.acts(0).acts()).extracting("subject").contains("ida");
            assertThat(operator.routers())
                    .extracting(RouterRoutes.RouterView::name)
                    .containsExactly("main", "second");
            assertThat(view(operator, "main").leader()).isTrue();
            assertThat(view(operator, "second").state()).isEqualTo("serving");
            across.deleteCloud(Signer.owner(near));
            assertThat(owner.clouds()).extracting(PrivateCloud::id).doesNotContain(near.cloudId());
        }
    }

    private static HttpResponse<String> launchChunked(TestRouter router, String token, String id, int padding)
            throws Exception {
        try (HttpClient http = HttpClient.newBuilder()
                .sslContext(Tls.trusting(router.config.trustFile()))
                .version(HttpClient.Version.HTTP_1_1)
                .build()) {
            String json =
                    "{\"service\":\"none\",\"grantId\":\"grant-of-ana\",\"input\":\"" + "x".repeat(padding) + "\"}";
            return http.send(
                    HttpRequest.newBuilder(URI.create(router.uri() + "/api/v1/clouds/" + id + "/launches"))
                            .header("Croft-Token", token)
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofInputStream(
                                    () -> new ByteArrayInputStream(json.getBytes(StandardCharsets.US_ASCII))))
                            .build(),
                    BodyHandlers.ofString());
        }
    }

    @Test
    void aBodyWithoutALengthIsPassedOnAndBoundedAsIfItHadOne() throws Exception {
        try (TestFleet fleet = new TestFleet().met()) {
            RouterClient owner = fleet.first.account("ana", Role.OWNER);
            OwnerKey near = TestFleet.cloudAt(owner, "main", false);
            String token = owner.issueToken("all", Role.OWNER.scopes(), Duration.ofHours(1))
                    .secret();
            for (TestRouter router : new TestRouter[] {fleet.first, fleet.second}) {
                HttpResponse<String> read = launched(router, token, near.cloudId(), 10_000);
                assertThat(read.statusCode())
                        .as("the body was read: " + read.body())
                        .isEqualTo(404);
                assertThat(read.body()).contains("service");
                assertThat(launched(router, token, near.cloudId(), 1 << 20).statusCode())
                        .isEqualTo(413);
            }
            // What came through the other ended there: no more of it arrived than is let in, and there was nothing left
            // to refuse as too long.
            String refused = "route=\"/clouds/{cloud}/launches\",status=\"413\"} ";
            await().atMost(Duration.ofSeconds(90))
                    .ignoreExceptions()
                    .untilAsserted(() -> assertThat(fleet.first.metrics()).contains(refused));
            assertThat(fleet.first.metrics()).contains(refused + "1");
        }
    }

    /** How long this process did nothing at all. */
    private static final class Standstill implements AutoCloseable {
        private final AtomicLong longest = new AtomicLong();
        private final Thread watch = Thread.ofPlatform().daemon().start(() -> {
            long last = System.nanoTime();
            while (!Thread.interrupted()) {
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
                long now = System.nanoTime();
                longest.accumulateAndGet(now - last, Math::max);
                last = now;
            }
        });

        Duration longest() {
            return Duration.ofNanos(longest.get());
        }

        @Override
        public void close() {
            watch.interrupt();
        }
    }

    private static HttpResponse<String> launched(TestRouter router, String token, String id, int padding) {
        return await().atMost(Duration.ofSeconds(90))
                .ignoreExceptions()
                .until(() -> launchChunked(router, token, id, padding), answer -> answer.statusCode() != 503);
    }

    @Test
    void aRouterThatLosesTheDatabaseLetsGoBeforeAnotherTakesItsPrivateCloudsAndComesBackEmpty() throws Exception {
        try (TestFleet fleet = new TestFleet(_ -> {}, TestFleet.SHORT).met()) {
            RouterClient owner = fleet.first.account("ana", Role.OWNER);
            RouterClient across = at(fleet.second, fleet.first, "ana", Role.OWNER);
            OwnerKey kept = TestFleet.cloudAt(owner, "second", true);
            OwnerKey only = TestFleet.cloudAt(owner, "second", false);
            await().atMost(Duration.ofSeconds(90)).until(() -> fleet.second.runtime.running() == 1);

            try (Standstill standstill = new Standstill()) {
                fleet.line.cut();
                await().atMost(Duration.ofSeconds(90))
                        .ignoreExceptionsInstanceOf(RouterClient.Refused.class)
                        .untilAsserted(() ->
                                assertThat(owner.cloud(kept.cloudId()).home()).isEqualTo("main"));
                long hosts = fleet.second.runtime.running();
                // Both are in this process: neither does anything while it stands still, and no order can be told then.
                if (standstill.longest().compareTo(Duration.ofSeconds(2)) < 0) {
                    assertThat(hosts).as("its host had ended by then").isZero();
                }
            }
            await().atMost(Duration.ofSeconds(90)).until(() -> fleet.second.runtime.running() == 0);
            asked(() -> {
                owner.bringKey(kept, null, null, TestFleet.REPLICAS, false);
                return true;
            });
            assertThat(asked(() -> owner.wake(kept.cloudId()))).isIn("awake", "locked");
            await().atMost(Duration.ofSeconds(90))
                    .untilAsserted(() -> assertThatThrownBy(() -> owner.wake(only.cloudId()))
                            .hasMessageContaining("has no replicas and waits for that router"));
            RouterClient operator = fleet.first.operator();
            await().atMost(Duration.ofSeconds(90))
                    .ignoreExceptionsInstanceOf(RouterClient.Refused.class)
                    .until(() -> view(operator, "second").state().equals("lost"));
            assertThat(view(operator, "second").only()).isEqualTo(1);

            fleet.line.mend();
            await().atMost(Duration.ofSeconds(90))
                    .ignoreExceptionsInstanceOf(RouterClient.Refused.class)
                    .until(() -> view(operator, "second").state().equals("serving"));
            await().atMost(Duration.ofSeconds(90))
                    .ignoreExceptionsInstanceOf(RouterClient.Refused.class)
                    .untilAsserted(() -> assertThat(owner.wake(only.cloudId())).isEqualTo("locked"));
            assertThat(asked(() -> across.wake(kept.cloudId()))).isIn("awake", "locked");
        }
    }

    @Test
    void aRouterThatIsDrainedGivesAwayWhatComesBackElsewhere() throws Exception {
        try (TestFleet fleet = new TestFleet().met()) {
            RouterClient owner = fleet.first.account("ana", Role.OWNER);
            OwnerKey kept = TestFleet.cloudAt(owner, "second", true);
            OwnerKey only = TestFleet.cloudAt(owner, "second", false);
            RouterClient operator = fleet.first.operator();
            FakePmHost former = fleet.second.runtime.host("shared");
            assertThat(former.clouds.get(kept.cloudId())).isEqualTo(FakePmHost.Key.AWAKE);
            operator.drain("second", true);
            await().atMost(Duration.ofSeconds(90))
                    .ignoreExceptionsInstanceOf(RouterClient.Refused.class)
                    .untilAsserted(
                            () -> assertThat(owner.cloud(kept.cloudId()).home()).isEqualTo("main"));
            assertThat(former.clouds.get(kept.cloudId()))
                    .as("the former host has no key of it")
                    .isEqualTo(FakePmHost.Key.LOCKED);
            assertThat(owner.cloud(only.cloudId()).home()).isEqualTo("second");
            assertThat(former.clouds.get(only.cloudId())).isEqualTo(FakePmHost.Key.AWAKE);
            // The one that is asked knows of it with its next renewal.
            await().atMost(Duration.ofSeconds(90))
                    .ignoreExceptionsInstanceOf(RouterClient.Refused.class)
                    .untilAsserted(() -> assertThat(
                                    owner.createCloud(OwnerKey.generate().cloudId(), "new", PrivateCloud.Hosting.SHARED)
                                            .home())
                            .isEqualTo("main"));
            assertThat(asked(() -> owner.wake(kept.cloudId()))).isEqualTo("locked");
        }
    }

    @Test
    void whoIsNotInvitedIsSignedNothingAndWhoseAuthorityIsRevokedIsNotAnsweredOnConnectionsItHasAlready(
            @TempDir Path stranger) throws Exception {
        try (TestFleet fleet = new TestFleet().met()) {
            RouterClient operator = fleet.first.operator();
            Invitation forged = new Invitation(
                    fleet.first.uri(),
                    Files.readString(fleet.first.config.trustFile()),
                    "stranger",
                    Base64Url.encode(new byte[32]));
            assertThatThrownBy(() -> Join.with(forged, stranger))
                    .isInstanceOfSatisfying(
                            RouterClient.Refused.class,
                            e -> assertThat(e.status()).isEqualTo(401));
            assertThat(operator.certificates())
                    .extracting(IssuedCertificate::name)
                    .contains("router second")
                    .doesNotContain("router stranger");

            RouterClient owner = fleet.first.account("ana", Role.OWNER);
            OwnerKey near = TestFleet.cloudAt(owner, "main", false);
            String token = owner.issueToken("all", Role.OWNER.scopes(), Duration.ofHours(1))
                    .secret();
            assertThat(relayed(fleet.second, token, near.cloudId(), "{}").statusCode())
                    .isEqualTo(200);
            String serial = operator.certificates().stream()
                    .filter(one -> one.name().equals("router second"))
                    .findFirst()
                    .orElseThrow()
                    .serial();
            operator.revokeCertificate(serial);
            assertThat(relayed(fleet.second, token, near.cloudId(), "{}").statusCode())
                    .isEqualTo(401);
            assertThat(relayed(fleet.first, token, near.cloudId(), "{}").statusCode())
                    .isEqualTo(200);
        }
    }

    private static void renewRoot(RouterConfig config) {
        CertificateAuthority authority = CertificateAuthority.open(
                config.stateDirectory().resolve("ca"), Clock.offset(Clock.systemUTC(), Duration.ofDays(-40)));
        authority.renew(authority.certificate().getSerialNumber().toString(16));
    }

    @Test
    void aRouterThatJoinedIsBelievedWhenTheFirstOnesFormerRootIsForgotten() throws Exception {
        try (TestFleet fleet = new TestFleet(FleetTest::renewRoot, TestFleet.LEASE).met()) {
            RouterClient owner = fleet.first.account("ana", Role.OWNER);
            OwnerKey near = TestFleet.cloudAt(owner, "main", false);
            OwnerKey far = TestFleet.cloudAt(owner, "second", false);
            String token = owner.issueToken("all", Role.OWNER.scopes(), Duration.ofHours(1))
                    .secret();
            Path authority = fleet.first.config.stateDirectory().resolve("ca");

            // The next root, which was made 40 days ago, issues from now on.
            fleet.first.server.renewCertificates();
            follows(fleet.second, 2);
            try (Stream<Path> old = Files.list(authority.resolve("old"))) {
                for (Path file : old.toList()) {
                    Files.delete(file);
                }
            }
            fleet.first.server.renewCertificates();
            follows(fleet.second, 1);
            answers(fleet.second, token, near);
            answers(fleet.first, token, far);
        }
    }

    @Test
    void aRouterThatIsNotBelievedAnyMoreJoinsAgainUnderItsName(@TempDir Path other) throws Exception {
        try (TestFleet fleet = new TestFleet(_ -> {}, TestFleet.SHORT).met()) {
            RouterClient owner = fleet.first.account("ana", Role.OWNER);
            OwnerKey far = TestFleet.cloudAt(owner, "second", false);
            String token = owner.issueToken("all", Role.OWNER.scopes(), Duration.ofHours(1))
                    .secret();
            fleet.second.server.close();
            Path state = fleet.second.config.stateDirectory();
            Invitation anew = await().atMost(Duration.ofSeconds(60))
                    .ignoreExceptionsInstanceOf(RouterClient.Refused.class)
                    .until(() -> TestFleet.invited(fleet.first.operator(), fleet.first.uri(), "second"), _ -> true);
            assertThat(joins(anew, state)).as("it is believed").isFalse();

            KeyPair key = JoinedAuthority.newKey();
            CertificateAuthority stranger = CertificateAuthority.open(other, Clock.systemUTC());
            JoinedAuthority.keep(
                    state.resolve("ca"),
                    key.getPrivate(),
                    stranger.admit("second", key.getPublic()),
                    stranger.forClients());
            Invitation used = new Invitation(anew.router(), anew.trust(), "second", Base64Url.encode(new byte[32]));
            assertThatThrownBy(() -> Join.with(used, state)).hasMessageContaining("invite it again");
            assertThat(joins(anew, state)).isTrue();
            fleet.second.start();
            fleet.met();
            answers(fleet.first, token, far);
        }
    }

    @Test
    void aRouterThatIsRemovedIsRevokedForOthersThatJoinedToo() throws Exception {
        try (TestFleet fleet = new TestFleet(_ -> {}, TestFleet.SHORT).met();
                TestRouter third = fleet.third()) {
            RouterClient owner = fleet.first.account("ana", Role.OWNER);
            OwnerKey kept = TestFleet.cloudAt(owner, "second", true);
            OwnerKey only = TestFleet.cloudAt(owner, "second", false);
            OwnerKey far = TestFleet.cloudAt(owner, "third", false);
            String token = owner.issueToken("all", Role.OWNER.scopes(), Duration.ofHours(1))
                    .secret();
            answers(fleet.second, token, far);
            RouterClient operator = fleet.first.operator();
            assertThatThrownBy(() -> operator.remove("main", true)).hasMessageContaining("does not remove itself");
            assertThatThrownBy(() -> operator.remove("second", false)).hasMessageContaining("1 private clouds");
            operator.remove("second", true);
            third.server.followTrust();
            await().atMost(Duration.ofSeconds(90))
                    .untilAsserted(() -> assertThat(relay(fleet.second, token, far.cloudId(), "{}")
                                    .statusCode())
                            .as("at the third")
                            .isIn(401, 503));
            assertThat(third.client("").revoked()).isEqualTo(operator.revoked()).isNotEmpty();
            assertThat(view(operator, "second").state()).isEqualTo("removed");
            await().atMost(Duration.ofSeconds(90))
                    .ignoreExceptionsInstanceOf(RouterClient.Refused.class)
                    .untilAsserted(
                            () -> assertThat(owner.cloud(kept.cloudId()).home()).isIn("main", "third"));
            assertThat(owner.cloud(only.cloudId()).home()).isEqualTo("second");
            assertThatThrownBy(fleet.second::restart).hasMessageContaining("was removed");
        }
    }
}
