package dev.croft.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.croft.router.placement.Outputs;
import dev.croft.router.placement.ServiceDefinition;
import dev.croft.router.registry.Launch;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.registry.TestDatabases;
import dev.croft.runtime.Bundle;
import dev.croft.runtime.Placing;
import dev.croft.runtime.Program;
import dev.croft.vault.api.Documents;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.ServiceDigest;
import dev.croft.vault.api.Signer;
import dev.croft.vault.api.Span;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LaunchTest {

    private static final String GRANT = "grant-for-pipeline";

    private static ServiceDefinition definition(@Nullable Long pauseAfter) {
        return new ServiceDefinition(
                        "counts", "pipeline", null, List.of("run", "it"), 0.5, 64L, 16, 60L, 8L, pauseAfter)
                .withPlacing(Placing.ANYHOW.withRuntimeClass("gvisor"));
    }

    private static String publish(TestRouter router, @Nullable Long pauseAfter) throws IOException {
        Path bundle = router.config.servicesDirectory().resolve("pipeline");
        Files.createDirectories(bundle);
        Files.writeString(bundle.resolve("run"), "#!/bin/sh\n");
        String digest = Bundle.digest(bundle).toString();
        router.operator().publish("pipeline", "1", digest, definition(pauseAfter));
        return ServiceDigest.of(digest, List.of("run", "it"));
    }

    private static void awaitState(RouterClient owner, Launch launch, Launch.State state) {
        await().atMost(Duration.ofSeconds(90))
                .until(() -> owner.launch(launch.cloudId(), launch.id()).state() == state);
    }

    @Test
    void aServiceRunsBehindItsDoorWithItsInputAndLimitsToItsEnd() throws Exception {
        try (TestRouter router = new TestRouter()) {
            String digest = publish(router, null);
            RouterClient owner = router.account("ana", Role.OWNER);
            String cloud = router.cloud(owner, PrivateCloud.Hosting.SHARED).cloudId();
            Launch launch =
                    owner.launch(cloud, "pipeline", null, GRANT, Json.shared().readTree("{\"days\":3}"));
            awaitState(owner, launch, Launch.State.RUNNING);
            var spec = router.runtime.service(launch.id());
            assertThat(ServiceDigest.of(
                            ((Program.Files) spec.program()).digest().toString(),
                            spec.program().command()))
                    .isEqualTo(digest)
                    .isEqualTo(launch.digest());
            assertThat(spec.limits().memoryBytes()).isEqualTo(64L << 20);
            assertThat(spec.limits().wallClock()).isEqualTo(Duration.ofSeconds(60));
            assertThat(spec.placing().runtimeClass()).isEqualTo("gvisor");
            assertThat(spec.door().orElseThrow().resolve("input.json")).hasContent("{\"days\":3}");
            assertThat(spec.environment()).containsOnlyKeys("CROFT_DOOR", "CROFT_CLOUD");
            assertThat(new String(owner.logs(cloud, launch.id(), false).readAllBytes(), StandardCharsets.UTF_8))
                    .contains(launch.id());
            assertThat(owner.pause(cloud, launch.id()).state()).isEqualTo(Launch.State.PAUSED);
            assertThat(owner.resume(cloud, launch.id()).state()).isEqualTo(Launch.State.RUNNING);
            router.runtime.endService(launch.id(), 0);
            awaitState(owner, launch, Launch.State.DONE);
            assertThatThrownBy(() -> owner.pause(cloud, launch.id()))
                    .isInstanceOfSatisfying(
                            RouterClient.Refused.class,
                            e -> assertThat(e.status()).isEqualTo(409));
        }
    }

    @Test
    void noInputIsAnEmptyObjectHoweverItIsLeftOut() throws Exception {
        try (TestRouter router = new TestRouter()) {
            publish(router, null);
            RouterClient owner = router.account("ana", Role.OWNER);
            String cloud = router.cloud(owner, PrivateCloud.Hosting.SHARED).cloudId();
            Launch launch = owner.launch(cloud, "pipeline", null, GRANT, null);
            awaitState(owner, launch, Launch.State.RUNNING);
            assertThat(router.runtime.service(launch.id()).door().orElseThrow().resolve("input.json"))
                    .hasContent("{}");
        }
    }

    @Test
    void whatForgettingMadeStaleIsDerivedAnewAtOnceOrWhenThePrivateCloudWakes() throws Exception {
        try (TestRouter router = new TestRouter()) {
            String digest = publish(router, null);
            RouterClient owner = router.account("ana", Role.OWNER);
            OwnerKey key = router.cloud(owner, PrivateCloud.Hosting.SHARED);
            String cloud = key.cloudId();
            Launch first =
                    owner.launch(cloud, "pipeline", null, GRANT, Json.shared().readTree("{\"days\":3}"));
            awaitState(owner, first, Launch.State.RUNNING);
            router.runtime.endService(first.id(), 0);
            awaitState(owner, first, Launch.State.DONE);
            forget(owner, key);
            assertThat(owner.launches(cloud)).as("nothing waits").hasSize(1);

            var derive = router.runtime.host("shared").derive;
            derive.add(
                    Map.of("grant", "grant-of-another", "service", "pipeline", "digest", "sha256:" + "0".repeat(64)));
            forget(owner, key);
            assertThat(owner.launches(cloud)).as("no such service here").hasSize(1);

            derive.add(Map.of("grant", GRANT, "service", "pipeline", "digest", digest));
            derive.add(Map.of("grant", "an-older-grant", "service", "pipeline", "digest", digest));
            forget(owner, key);
            Launch second = owner.launches(cloud).getFirst();
            assertThat(owner.launches(cloud)).hasSize(2);
            assertThat(second.grantId()).isEqualTo(GRANT);
            assertThat(second.digest()).isEqualTo(digest);
            assertThat(second.input()).as("what its owner gave it last").isEqualTo("{\"days\":3}");
            awaitState(owner, second, Launch.State.RUNNING);

            // It was cut short, by whatever: the mark is still there.
            router.runtime.endService(second.id(), 9);
            awaitState(owner, second, Launch.State.FAILED);
            // Its door is closed a moment after its end is told, and uses the private cloud meanwhile.
            await().atMost(Duration.ofSeconds(90))
                    .ignoreExceptionsInstanceOf(RouterClient.Refused.class)
                    .untilAsserted(() -> owner.hibernate(cloud));
            owner.wake(cloud);
            assertThat(owner.launches(cloud)).hasSize(3);
        }
    }

    private static void forget(RouterClient owner, OwnerKey key) {
        // The host of this test answers with what it was sent, which is no answer to forgetting.
        assertThatThrownBy(() -> owner.pm(key.cloudId())
                        .as(Signer.owner(key))
                        .forget(new Documents.Forget(Span.ALL, null, null, null)))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.MALFORMED_REQUEST));
    }

    @Test
    void whatALaunchLeftIsItsOwnersToFetchOnceItHasEnded() throws Exception {
        try (TestRouter router = new TestRouter()) {
            publish(router, null);
            RouterClient ana = router.account("ana", Role.OWNER);
            RouterClient ben = router.account("ben", Role.OWNER);
            OwnerKey key = router.cloud(ana, PrivateCloud.Hosting.SHARED);
            String cloud = key.cloudId();
            router.cloud(ben, PrivateCloud.Hosting.SHARED);
            Launch launch = ana.launch(cloud, "pipeline", null, GRANT, null);
            awaitState(ana, launch, Launch.State.RUNNING);
            Path door = router.runtime.service(launch.id()).door().orElseThrow();
            Path output = door.resolve("output");
            byte[] noise = new byte[300_000];
            new Random(5).nextBytes(noise);
            Files.write(output.resolve("noise.bin"), noise);
            Files.writeString(output.resolve("report.json"), "{}");
            Files.writeString(output.resolve(".hidden"), "x");
            Files.writeString(output.resolve("new\nline"), "x");
            Files.createDirectories(output.resolve("folder"));
            Files.createSymbolicLink(output.resolve("token"), door.resolve("token"));
            Files.createSymbolicLink(output.resolve("passwd"), Path.of("/etc/passwd"));
            Files.createSymbolicLink(output.resolve("up"), Path.of(".."));
            try (var large = FileChannel.open(
                    output.resolve("large"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                large.write(ByteBuffer.wrap("end".getBytes(StandardCharsets.US_ASCII)), 3L << 30);
            }
            assertStatus(409, () -> ana.outputs(cloud, launch.id()));
            assertStatus(409, () -> ana.output(cloud, launch.id(), "report.json"));
            router.runtime.endService(launch.id(), 0);
            awaitState(ana, launch, Launch.State.DONE);

            assertThat(ana.outputs(cloud, launch.id()))
                    .extracting(Outputs.OutputFile::name)
                    .containsExactly("large", "noise.bin", "report.json");
            try (InputStream in = ana.output(cloud, launch.id(), "noise.bin")) {
                assertThat(in.readAllBytes()).isEqualTo(noise);
            }
            Outputs.OutputFile large = ana.outputs(cloud, launch.id()).getFirst();
            RouterClient.Rest rest = ana.output(cloud, launch.id(), "large", 3L << 30, large.tag());
            try (InputStream in = rest.content()) {
                assertThat(rest.from()).isEqualTo(3L << 30);
                assertThat(in.readAllBytes())
                        .asString(StandardCharsets.US_ASCII)
                        .isEqualTo("end");
            }
            for (String tag : List.of("1-1", large.tag())) {
                // Another file by now, or one that has no rest: the whole.
                RouterClient.Rest whole =
                        ana.output(cloud, launch.id(), "noise.bin", tag.equals("1-1") ? 5 : noise.length, tag);
                try (InputStream in = whole.content()) {
                    assertThat(whole.from()).isZero();
                    assertThat(in.readAllBytes()).isEqualTo(noise);
                }
            }
            for (String name : List.of(
                    "absent",
                    "token",
                    "passwd",
                    "up",
                    "folder",
                    ".hidden",
                    "..",
                    ".",
                    "../token",
                    "..%2ftoken",
                    "folder/x",
                    "/etc/passwd",
                    "new\nline",
                    "x".repeat(200),
                    "\u0000")) {
                assertThatThrownBy(() -> ana.output(cloud, launch.id(), name))
                        .as(name)
                        .isInstanceOfSatisfying(
                                RouterClient.Refused.class,
                                e -> assertThat(e.status()).as(name).isIn(400, 404));
            }
            assertStatus(404, () -> ben.outputs(cloud, launch.id()));
            assertStatus(404, () -> ben.output(cloud, launch.id(), "report.json"));
            assertStatus(403, () -> router.operator().outputs(cloud, launch.id()));

            // The output itself made a link, as a service of another runtime might.
            Files.move(output, door.resolve("elsewhere"));
            Files.createSymbolicLink(output, door.resolve("elsewhere"));
            assertStatus(404, () -> ana.outputs(cloud, launch.id()));
            assertStatus(404, () -> ana.output(cloud, launch.id(), "report.json"));

            ana.deleteCloud(Signer.owner(key));
            assertThat(door).doesNotExist();
        }
    }

    private static void assertStatus(int status, ThrowableAssert.ThrowingCallable attempt) {
        assertThatThrownBy(attempt)
                .isInstanceOfSatisfying(
                        RouterClient.Refused.class, e -> assertThat(e.status()).isEqualTo(status));
    }

    @Test
    void aServiceWhoseDoorIsRefusedNeverStarts() throws Exception {
        try (TestRouter router = new TestRouter()) {
            publish(router, null);
            RouterClient owner = router.account("ana", Role.OWNER);
            String cloud = router.cloud(owner, PrivateCloud.Hosting.SHARED).cloudId();
            Launch launch = owner.launch(cloud, "pipeline", null, "bad-grant", null);
            awaitState(owner, launch, Launch.State.FAILED);
            assertThat(owner.launch(cloud, launch.id()).reason()).contains("grant-unknown");
            assertThat(router.runtime.runningServices()).isEmpty();
        }
    }

    @Test
    void aCatalogueEntryMustHaveTheDigestOfItsBundle() throws Exception {
        try (TestRouter router = new TestRouter()) {
            publish(router, null);
            for (String bundle : List.of("pipeline", "absent")) {
                ServiceDefinition wrong =
                        new ServiceDefinition("x", bundle, null, List.of("run"), null, null, null, null, null, null);
                assertThatThrownBy(() -> router.operator().publish("other", "1", "sha256:" + "0".repeat(64), wrong))
                        .isInstanceOfSatisfying(
                                RouterClient.Refused.class,
                                e -> assertThat(e.status()).isEqualTo(409));
            }
            assertThatThrownBy(() -> new ServiceDefinition(
                            "x", "../../etc", null, List.of("run"), null, null, null, null, null, null))
                    .isInstanceOf(RouterException.Invalid.class);
        }
    }

    @Test
    void aLaunchIsItsOwnersAlone() throws Exception {
        try (TestRouter router = new TestRouter()) {
            publish(router, null);
            RouterClient ana = router.account("ana", Role.OWNER);
            RouterClient ben = router.account("ben", Role.OWNER);
            String cloud = router.cloud(ana, PrivateCloud.Hosting.SHARED).cloudId();
            String bens = router.cloud(ben, PrivateCloud.Hosting.SHARED).cloudId();
            Launch launch = ana.launch(cloud, "pipeline", "1", GRANT, null);
            for (ThrowableAssert.ThrowingCallable attempt : List.<ThrowableAssert.ThrowingCallable>of(
                    () -> ben.launch(cloud, launch.id()),
                    () -> ben.stop(cloud, launch.id()),
                    () -> ben.stop(bens, launch.id()),
                    () -> ben.logs(cloud, launch.id(), false),
                    () -> ben.launch(cloud, "pipeline", "1", GRANT, null))) {
                assertThatThrownBy(attempt)
                        .isInstanceOfSatisfying(
                                RouterClient.Refused.class,
                                e -> assertThat(e.status()).isEqualTo(404));
            }
        }
    }

    @Test
    void noMoreRunThanThereAreSlotsAndOwnersTakeTurns() throws Exception {
        try (TestRouter router = new TestRouter(config -> config.withServiceSlots(1))) {
            publish(router, null);
            RouterClient ana = router.account("ana", Role.OWNER);
            RouterClient ben = router.account("ben", Role.OWNER);
            String anas = router.cloud(ana, PrivateCloud.Hosting.SHARED).cloudId();
            String bens = router.cloud(ben, PrivateCloud.Hosting.SHARED).cloudId();
            Launch first = ana.launch(anas, "pipeline", null, GRANT, null);
            awaitState(ana, first, Launch.State.RUNNING);
            Launch second = ana.launch(anas, "pipeline", null, GRANT, null);
            Launch third = ana.launch(anas, "pipeline", null, GRANT, null);
            Launch bensFirst = ben.launch(bens, "pipeline", null, GRANT, null);
            assertThat(router.runtime.runningServices()).containsExactly(first.id());
            assertThat(ana.stop(anas, third.id()).state()).isEqualTo(Launch.State.STOPPED);
            router.runtime.endService(first.id(), 3);
            awaitState(ana, first, Launch.State.FAILED);
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> router.runtime.runningServices().size() == 1);
            String next = router.runtime.runningServices().getFirst();
            router.runtime.endService(next, 0);
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> router.runtime.runningServices().size() == 1
                            && !router.runtime.runningServices().contains(next));
            assertThat(List.of(next, router.runtime.runningServices().getFirst()))
                    .containsExactlyInAnyOrder(second.id(), bensFirst.id());
        }
    }

    @Test
    void aSlotIsFreeAgainThoughTheRegistryDoesNotAnswerWhenItsServiceEnds() throws Exception {
        String url = TestDatabases.postgresUrl();
        try (TestRouter router = new TestRouter(config ->
                        config.withServiceSlots(1).withDatabase(new RouterConfig.Database(url, "postgres", "")));
                var sql = DriverManager.getConnection(url, "postgres", "").createStatement()) {
            publish(router, null);
            RouterClient owner = router.account("ana", Role.OWNER);
            String cloud = router.cloud(owner, PrivateCloud.Hosting.SHARED).cloudId();
            Launch first = owner.launch(cloud, "pipeline", null, GRANT, null);
            awaitState(owner, first, Launch.State.RUNNING);
            Launch second = owner.launch(cloud, "pipeline", null, GRANT, null);
            // Refuses the first ends that are to be recorded; a sequence counts them, as it is not rolled back.
            sql.execute("CREATE SEQUENCE refused");
            sql.execute("CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN"
                    + " IF NEW.state IN ('DONE', 'FAILED') AND nextval('refused') <= 3 THEN RAISE EXCEPTION 'gone'; END IF;"
                    + " RETURN NEW; END $$ LANGUAGE plpgsql");
            sql.execute("CREATE TRIGGER refuse BEFORE UPDATE ON launches FOR EACH ROW EXECUTE FUNCTION refuse()");
            router.runtime.endService(first.id(), 0);
            awaitState(owner, second, Launch.State.RUNNING);
            assertThat(owner.launch(cloud, first.id()).state()).isEqualTo(Launch.State.DONE);
            // One that cannot be started gives its slot back no less.
            sql.execute("ALTER SEQUENCE refused RESTART");
            Launch third = owner.launch(cloud, "pipeline", null, "bad-grant", null);
            Launch fourth = owner.launch(cloud, "pipeline", null, GRANT, null);
            router.runtime.endService(second.id(), 0);
            awaitState(owner, fourth, Launch.State.RUNNING);
            assertThat(owner.launch(cloud, third.id()).state()).isEqualTo(Launch.State.FAILED);
        }
    }

    @Test
    void aServicePastItsSoftLimitIsPaused() throws Exception {
        try (TestRouter router = new TestRouter()) {
            publish(router, 1L);
            RouterClient owner = router.account("ana", Role.OWNER);
            String cloud = router.cloud(owner, PrivateCloud.Hosting.SHARED).cloudId();
            Launch launch = owner.launch(cloud, "pipeline", null, GRANT, null);
            awaitState(owner, launch, Launch.State.PAUSED);
            assertThat(owner.stop(cloud, launch.id()).state()).isEqualTo(Launch.State.STOPPED);
        }
    }

    @Test
    void afterARestartNothingRunsUnknownAndWhatWaitedGoesOn() throws Exception {
        try (TestRouter router = new TestRouter(config -> config.withServiceSlots(1))) {
            publish(router, null);
            RouterClient owner = router.account("ana", Role.OWNER);
            String token = owner.issueToken("kept", Role.OWNER.scopes(), Duration.ofHours(1))
                    .secret();
            String cloud = router.cloud(owner, PrivateCloud.Hosting.SHARED).cloudId();
            Launch running = owner.launch(cloud, "pipeline", null, GRANT, null);
            awaitState(owner, running, Launch.State.RUNNING);
            Launch waiting = owner.launch(cloud, "pipeline", null, GRANT, null);
            router.restart();
            RouterClient again = router.client(token);
            assertThat(again.launch(cloud, running.id()).state()).isEqualTo(Launch.State.STOPPED);
            awaitState(again, waiting, Launch.State.RUNNING);
        }
    }
}
