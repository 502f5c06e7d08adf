package dev.croft.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.operator.decide.Settings;
import dev.croft.operator.resource.BlockSpec;
import dev.croft.operator.resource.ClaimSpec;
import dev.croft.operator.resource.PrivacyBudget;
import dev.croft.operator.resource.PrivacyBudgetClaim;
import dev.croft.operator.resource.PrivateDataBlock;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pods with a scheduling gate, which the cluster at hand is too old for: on an API server in memory. */
class GatedPodTest {
    private static ObjectMeta named(String name) {
        return new ObjectMetaBuilder()
                .withNamespace(TestCluster.NAMESPACE)
                .withName(name)
                .build();
    }

    private static PrivacyBudgetClaim claim(String name, double epsilon) {
        var claim = new PrivacyBudgetClaim();
        claim.setMetadata(named(name));
        var allocate = new ClaimSpec.Allocate(
                "taxi", List.of(), 1, 0, new ClaimSpec.Demand(PrivacyBudget.of(epsilon, 0), null, null), null, 0);
        claim.setSpec(new ClaimSpec(List.of(new ClaimSpec.Request("a", allocate, null, null)), null, null));
        return claim;
    }

    private static Pod pod(String name, String claim) {
        return new PodBuilder()
                .withMetadata(new ObjectMetaBuilder(named(name))
                        .addToLabels(Pods.LABEL, claim)
                        .build())
                .withNewSpec()
                .addNewSchedulingGate("somebody/else")
                .addNewSchedulingGate(Pods.GATE)
                .addNewContainer()
                .withName("work")
                .endContainer()
                .endSpec()
                .build();
    }

    private static List<String> gates(TestCluster cluster, String pod) {
        return cluster
                .client
                .pods()
                .inNamespace(TestCluster.NAMESPACE)
                .withName(pod)
                .get()
                .getSpec()
                .getSchedulingGates()
                .stream()
                .map(gate -> gate.getName())
                .toList();
    }

    @Test
    void aGateOpensWhenTheClaimInThePodsLabelIsGrantedAndAtNothingElse(@TempDir Path dir) throws Exception {
        try (TestCluster cluster = TestCluster.inMemory(dir);
                Operator operator = Operator.start(
                        cluster.client,
                        Settings.DEFAULT.withN(1),
                        new Options("gates", null, Duration.ofSeconds(15), -1, "127.0.0.1", 8))) {
            assertThat(operator.port()).isZero();
            var block = new PrivateDataBlock();
            block.setMetadata(named("monday"));
            block.setSpec(new BlockSpec(PrivacyBudget.of(1, 0), List.of(), "taxi", null, null, null, null));
            cluster.client.resource(block).create();
            for (var pod : List.of(pod("early", "good"), pod("never", "bad"), pod("lost", "none")))
                cluster.client.resource(pod).create();
            cluster.client.resource(claim("bad", 5)).create();
            cluster.client.resource(claim("good", 0.5)).create();
            cluster.client.resource(pod("late", "good")).create();
            Awaitility.await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
                assertThat(gates(cluster, "early")).containsExactly("somebody/else");
                assertThat(gates(cluster, "late")).containsExactly("somebody/else");
            });
            assertThat(gates(cluster, "never")).contains(Pods.GATE);
            assertThat(gates(cluster, "lost")).contains(Pods.GATE);
        }
    }

    @Test
    void onlyTheEndOfAClaimsOwnPodSettlesIt(@TempDir Path dir) throws Exception {
        try (TestCluster cluster = TestCluster.inMemory(dir);
                Operator operator = Operator.start(
                        cluster.client,
                        Settings.DEFAULT.withN(1),
                        new Options("own", null, Duration.ofSeconds(15), -1, "127.0.0.1", 8))) {
            assertThat(operator.port()).isZero();
            var block = new PrivateDataBlock();
            block.setMetadata(named("monday"));
            block.setSpec(new BlockSpec(PrivacyBudget.of(1, 0), List.of(), "taxi", null, null, null, null));
            cluster.client.resource(block).create();
            var claim = claim("train", 0.5);
            var template = new ObjectMapper().readTree("{\"spec\":{\"containers\":[{\"name\":\"work\"}]}}");
            claim.setSpec(
                    new ClaimSpec(claim.getSpec().requests(), null, new ClaimSpec.PodRequest(template, null, null)));
            cluster.client.resource(claim).create();
            Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> state(cluster, "train"), "Created"::equals);
            cluster.client.resource(ended(pod("foreign", "train"))).create();
            var marker = claim("marker", 0.1);
            cluster.client.resource(marker).create();
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> cluster.client.resource(marker).get().getStatus() != null);
            assertThat(state(cluster, "train")).isEqualTo("Created");
            cluster.client
                    .pods()
                    .inNamespace(TestCluster.NAMESPACE)
                    .withName("train")
                    .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"status\":{\"phase\":\"Succeeded\"}}");
            Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> state(cluster, "train"), "Succeeded"::equals);
        }
    }

    private static Pod ended(Pod pod) {
        return new PodBuilder(pod)
                .withNewStatus()
                .withPhase("Failed")
                .endStatus()
                .build();
    }

    private static @Nullable String state(TestCluster cluster, String claim) {
        var status = cluster.client
                .resources(PrivacyBudgetClaim.class)
                .inNamespace(TestCluster.NAMESPACE)
                .withName(claim)
                .get()
                .getStatus();
        return status == null || status.pod() == null ? null : status.pod().state();
    }
}
