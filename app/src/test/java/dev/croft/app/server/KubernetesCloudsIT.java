package dev.croft.app.server;

import static dev.croft.app.server.Kubectl.json;
import static dev.croft.app.server.Kubectl.kubectl;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.app.demo.Resident;
import dev.croft.operator.run.Deploy;
import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.Signer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * {@code kubectl get privateclouds} on a real cluster beside a whole {@code croft up}: what is asked for there happens, what happens is seen
 * there, and after deleted resources, deleted pods and a router that is killed all is as asked again, and no document is lost.
 */
@ResourceLock("kubernetes")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class KubernetesCloudsIT {
    private static final Duration SOON = Duration.ofMinutes(2);

    @TempDir
    Path directory;

    private @Nullable UpProcess up;

    @BeforeAll
    static void asked() throws Exception {
        assumeTrue(Boolean.getBoolean("croft.kubernetes"), "Kubernetes is not asked for: run with -Pkubernetes");
        assumeTrue(System.getenv("KUBECONFIG") != null, "KUBECONFIG is not set: see CONTRIBUTING.md");
        Kubectl.apply(Deploy.text("privateclouds.yaml"));
        kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd/privateclouds.croft.dev");
    }

    private Home home() {
        return Objects.requireNonNull(up).home();
    }

    private String namespace() throws IOException, InterruptedException {
        return "croft-" + Kubectl.runtimeOf(home());
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (up != null) {
            up.close();
        }
    }

    private JsonNode resource(String id) throws Exception {
        return json("get", "pcloud", id, "-n", namespace(), "-o", "json");
    }

    private void patch(String id, String spec) throws Exception {
        kubectl("patch", "pcloud", id, "-n", namespace(), "--type=merge", "-p", "{\"spec\":" + spec + "}");
    }

    /** Until the status is of the spec that is there, and says this. */
    private JsonNode awaitStatus(String id, String state, String reconciled) {
        await().atMost(SOON).untilAsserted(() -> {
            JsonNode now = resource(id);
            assertThat(now.at("/status/observedGeneration").asLong())
                    .isEqualTo(now.at("/metadata/generation").asLong());
            assertThat(now.at("/status/state").asText()).as("%s", now).isEqualTo(state);
            assertThat(now.at("/status/conditions/1/reason").asText())
                    .as("%s", now)
                    .isEqualTo(reconciled);
        });
        try {
            return resource(id);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatIsAskedForHappensAndWhatHappensIsSeenWhateverIsKilledOrDeleted() throws Exception {
        UpProcess router = new UpProcess(directory, "kubernetes");
        up = router;
        router.start();
        RouterClient operator = router.operator();
        operator.createAccount("ana", Role.OWNER, null);
        RouterClient ana = operator.as(operator.issueTokenFor("ana", "test", Role.OWNER.scopes(), Duration.ofHours(1))
                .secret());
        try (Resident first = Resident.settle(ana, home(), "first", PrivateCloud.Hosting.SHARED);
                Resident second = Resident.settle(ana, home(), "second", PrivateCloud.Hosting.OWN_PROCESS)) {
            String one = first.cloud().cloud();
            String two = second.cloud().cloud();
            OwnerKey oneKey = OwnerKey.load(home().keys().resolve("first.key"), null);
            OwnerKey twoKey = OwnerKey.load(home().keys().resolve("second.key"), null);
            for (Resident resident : List.of(first, second)) {
                resident.cloud().insert("notes", List.of(new BsonDocument("secret", new BsonInt32(717_171))));
            }

            // Made by the router's API: it appears.
            JsonNode seen = awaitStatus(one, "Awake", "AsAsked");
            String account = seen.at("/spec/account").asText();
            assertThat(account).isEqualTo(ana.cloud(one).accountId());
            assertThat(seen.at("/status/hosting").asText()).isEqualTo("Shared");
            String pod = awaitStatus(two, "Awake", "AsAsked").at("/status/pod").asText();
            kubectl("get", "pod", pod, "-n", namespace());
            assertThat(kubectl("get", "privateclouds", "-n", namespace()))
                    .contains("ACCOUNT", "STATE", "HOSTING", "POD", "DURABILITY", account, "Shared", "Own", "node");
            String all = kubectl("get", "pcloud", "-n", namespace(), "-o", "yaml");
            assertThat(all)
                    .doesNotContain("717171")
                    .doesNotContain(
                            Files.readString(home().keys().resolve("first.key")).strip());

            // Asked for there: it happens.
            patch(one, "{\"desired\":\"Asleep\"}");
            awaitStatus(one, "Asleep", "AsAsked");
            assertThat(ana.cloud(one).state()).isEqualTo(PrivateCloud.State.HIBERNATED);
            assertThat(first.cloud().count("notes", new BsonDocument()))
                    .as("its owner's request wakes it")
                    .isEqualTo(1);
            awaitStatus(one, "Asleep", "AsAsked");
            patch(one, "{\"desired\":\"Awake\",\"account\":\"eve\"}");
            assertThat(awaitStatus(one, "Awake", "AsAsked").at("/spec/account").asText())
                    .isEqualTo(account);

            // A deleted resource comes back, a deleted pod is seen, and both lose nothing.
            String uid = resource(one).at("/metadata/uid").asText();
            kubectl("delete", "pcloud", one, "-n", namespace());
            JsonNode again = await().atMost(SOON)
                    .ignoreExceptions()
                    .until(
                            () -> resource(one),
                            it -> !it.at("/metadata/uid").asText().equals(uid));
            assertThat(again.at("/spec/desired").asText()).isEqualTo("Automatic");
            kubectl("delete", "pod", pod, "-n", namespace(), "--force", "--grace-period=0");
            await().atMost(SOON)
                    .untilAsserted(
                            () -> assertThat(resource(two).at("/status/pod").isMissingNode())
                                    .isTrue());
            ana.bringKey(twoKey, null, null);
            assertThat(second.cloud().count("notes", new BsonDocument())).isEqualTo(1);
            assertThat(awaitStatus(two, "Awake", "AsAsked").at("/status/pod").asText())
                    .isNotEmpty()
                    .isNotEqualTo(pod);

            // What is asked for while no router runs is done by the next one.
            router.kill();
            patch(one, "{\"hosting\":\"Own\",\"desired\":\"Automatic\"}");
            patch(two, "{\"hosting\":\"Shared\",\"desired\":\"Asleep\"}");
            router.start();
            assertThat(awaitStatus(two, "Asleep", "OwnerConsentNeeded")
                            .at("/status/hosting")
                            .asText())
                    .as("no resource takes its own host from anyone")
                    .isEqualTo("Own");
            // Nor does one lock anybody out: it moves when no host has its key any more.
            String shared = awaitStatus(one, "Awake", "OwnerConsentNeeded")
                    .at("/status/pod")
                    .asText();
            kubectl("delete", "pod", shared, "-n", namespace(), "--force", "--grace-period=0");
            awaitStatus(one, "Locked", "AsAsked");
            assertThat(resource(one).at("/status/hosting").asText()).isEqualTo("Own");
            ana.bringKey(oneKey, null, null);
            ana.bringKey(twoKey, null, null);
            String own = awaitStatus(one, "Awake", "AsAsked").at("/status/pod").asText();
            assertThat(json("get", "pod", own, "-n", namespace(), "-o", "json")
                            .at("/metadata/labels/croft~1host")
                            .asText())
                    .isEqualTo("own-" + one);
            for (Resident resident : List.of(first, second)) {
                assertThat(resident.cloud().count("notes", new BsonDocument())).isEqualTo(1);
                assertThat(resident.cloud().verify().isWhole()).isTrue();
            }

            // Only its owner deletes it, and then the resource goes.
            ana.deleteCloud(Signer.owner(twoKey));
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(kubectl("get", "pcloud", "-n", namespace(), "-o", "name"))
                            .contains(one)
                            .doesNotContain(two));
        }
        String namespace = namespace();
        stop();
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(kubectl("get", "namespaces", "-o", "name")).doesNotContain(namespace));
    }
}
