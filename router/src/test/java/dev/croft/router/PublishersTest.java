package dev.croft.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.croft.capsule.crypto.SigningKey;
import dev.croft.router.placement.Publishers;
import dev.croft.router.placement.ServiceDefinition;
import dev.croft.router.registry.Launch;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.runtime.Bundle;
import dev.croft.runtime.Placing;
import dev.croft.vault.api.ServiceStatement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Whose services may be published and launched. */
class PublishersTest {

    private static final SigningKey PUBLISHER = SigningKey.generate();

    private static ServiceDefinition plain(String description, String... command) {
        return new ServiceDefinition(description, "steps", null, List.of(command), 0.5, 64L, 16, 60L, 8L, null);
    }

    private static ServiceDefinition signed(
            SigningKey key, String version, String program, ServiceDefinition definition) {
        return definition.signedBy(key, "steps", version, program, List.of("locations"), List.of(), List.of("a count"));
    }

    private static String bundle(TestRouter router) throws Exception {
        Path bundle = router.config.servicesDirectory().resolve("steps");
        Files.createDirectories(bundle);
        Files.writeString(bundle.resolve("run"), "#!/bin/sh\n");
        return Bundle.digest(bundle).toString();
    }

    private static Path trust(TestRouter router, String name, SigningKey key) throws Exception {
        return Files.writeString(
                router.config.stateDirectory().resolve("publishers").resolve(name + ".pub"),
                HexFormat.of().formatHex(key.verifyingKey().encoded()) + "\n");
    }

    private static void forbidden(RouterClient operator, String version, String program, ServiceDefinition definition) {
        assertThatThrownBy(() -> operator.publish("steps", version, program, definition))
                .isInstanceOfSatisfying(
                        RouterClient.Refused.class, e -> assertThat(e.status()).isEqualTo(403));
    }

    @Test
    void whatIsChangedAfterItWasSignedIsRefusedWhoeverIsTrusted() throws Exception {
        try (TestRouter router = new TestRouter();
                RouterClient operator = router.operator()) {
            String program = bundle(router);
            ServiceDefinition good = signed(PUBLISHER, "1", program, plain("counts", "run", "it"));
            ServiceStatement statement = Objects.requireNonNull(good.statement());
            ServiceDefinition otherCommand = new ServiceDefinition(
                    "counts", "steps", null, List.of("run", "that"), 0.5, 64L, 16, 60L, 8L, null, null, statement);
            ServiceDefinition otherLimit = new ServiceDefinition(
                    "counts", "steps", null, List.of("run", "it"), 0.5, 64L, 16, 61L, 8L, null, null, statement);
            ServiceDefinition otherRuntime = new ServiceDefinition(
                    "counts",
                    "steps",
                    null,
                    List.of("run", "it"),
                    0.5,
                    64L,
                    16,
                    60L,
                    8L,
                    null,
                    Placing.ANYHOW.withRuntimeClass("weaker"),
                    statement);
            ServiceDefinition otherWords = new ServiceDefinition(
                    "counts",
                    "steps",
                    null,
                    List.of("run", "it"),
                    0.5,
                    64L,
                    16,
                    60L,
                    8L,
                    null,
                    null,
                    new ServiceStatement(
                            List.of("nothing"),
                            statement.writes(),
                            statement.emits(),
                            statement.signer(),
                            statement.signature()));
            forbidden(operator, "1", program, otherCommand);
            forbidden(operator, "1", program, otherLimit);
            forbidden(operator, "1", program, otherRuntime);
            forbidden(operator, "1", program, otherWords);
            forbidden(operator, "2", program, good);
            forbidden(operator, "1", "sha256:" + "0".repeat(64), good);
            assertThat(operator.publish("steps", "1", program, good).name()).isEqualTo("steps");
            assertThat(operator.publish("steps", "0", program, plain("not signed", "run")))
                    .as("nobody is trusted yet")
                    .isNotNull();
            assertThat(operator.acts(0).acts())
                    .anyMatch(act ->
                            act.act().equals("POST /services") && act.outcome().equals("forbidden"));
        }
    }

    @Test
    void onceAPublisherIsTrustedNothingElseIsPublishedOrLaunched() throws Exception {
        try (TestRouter router = new TestRouter();
                RouterClient operator = router.operator();
                RouterClient owner = router.account("ana", Role.OWNER)) {
            String program = bundle(router);
            String cloud = router.cloud(owner, PrivateCloud.Hosting.SHARED).cloudId();
            operator.publish("steps", "unsigned", program, plain("x", "run", "1"));
            operator.publish(
                    "steps", "theirs", program, signed(SigningKey.generate(), "theirs", program, plain("x", "run")));
            Path file = trust(router, "home", PUBLISHER);

            forbidden(operator, "3", program, plain("x", "run"));
            forbidden(operator, "3", program, signed(SigningKey.generate(), "3", program, plain("x", "run")));
            operator.publish("steps", "ours", program, signed(PUBLISHER, "ours", program, plain("x", "run", "2")));
            operator.publish(
                    "steps",
                    "own",
                    program,
                    signed(Publishers.own(router.config.stateDirectory()), "own", program, plain("x", "run", "3")));

            for (String version : List.of("unsigned", "theirs")) {
                Launch launch = owner.launch(cloud, "steps", version, "grant-for-pipeline", null);
                await().atMost(Duration.ofSeconds(90))
                        .until(() -> owner.launch(cloud, launch.id()).state() == Launch.State.FAILED);
                assertThat(owner.launch(cloud, launch.id()).reason()).contains("signed");
            }
            assertThat(router.runtime.runningServices()).isEmpty();
            assertThat(owner.acts(0).acts())
                    .filteredOn(act -> act.act().equals("launch /services"))
                    .hasSize(2)
                    .allSatisfy(act -> assertThat(act.subject()).contains(cloud));

            Files.writeString(file, "no key");
            assertThatThrownBy(() -> operator.publish("steps", "9", program, plain("x", "run")))
                    .as("a file that cannot be read trusts nobody")
                    .isInstanceOf(RouterClient.Refused.class);
        }
    }
}
