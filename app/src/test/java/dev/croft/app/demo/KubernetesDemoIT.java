package dev.croft.app.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.runtime.kubernetes.KubernetesRuntime;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The demonstration on a real cluster. */
@ResourceLock("kubernetes")
class KubernetesDemoIT extends BackendDemo {
    @Test
    @Timeout(900)
    void podsGiveTheSameAnswersAsProcessesAndNothingIsLeft() throws Exception {
        assumeTrue(Boolean.getBoolean("croft.kubernetes"), "Kubernetes is not asked for: run with -Pkubernetes");
        assumeTrue(System.getenv("KUBECONFIG") != null, "KUBECONFIG is not set: see CONTRIBUTING.md");
        givesTheSameAnswersAsProcesses("kubernetes");
        try (KubernetesClient client = new KubernetesClientBuilder().build()) {
            String node = Objects.requireNonNull(client.nodes()
                    .list()
                    .getItems()
                    .getFirst()
                    .getMetadata()
                    .getLabels()
                    .get("kubernetes.io/hostname"));
            String name = KubernetesRuntime.nameOn(
                    node, folder.resolve("kubernetes/runtime").toRealPath());
            await().atMost(Duration.ofMinutes(3)).untilAsserted(() -> {
                assertThat(client.namespaces().withName("croft-" + name).get()).isNull();
                assertThat(client.persistentVolumes().list().getItems())
                        .noneMatch(volume -> volume.getMetadata().getName().startsWith("croft-" + name));
            });
        }
    }
}
