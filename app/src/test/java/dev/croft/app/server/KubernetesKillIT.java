package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.runtime.kubernetes.KubernetesRuntime;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * The same on a real cluster: the router is killed, and pods are deleted with and without a grace ({@code -Dcroft.kubernetes.kills},
 * {@code -Dcroft.kubernetes.clouds}). At the end neither pod, claim, volume, policy, secret nor namespace is left.
 */
@ResourceLock("kubernetes")
class KubernetesKillIT extends KillIT {
    private int deleted;

    @BeforeAll
    static void asked() {
        assumeTrue(Boolean.getBoolean("croft.kubernetes"), "Kubernetes is not asked for: run with -Pkubernetes");
        assumeTrue(System.getenv("KUBECONFIG") != null, "KUBECONFIG is not set: see CONTRIBUTING.md");
    }

    @Override
    int kills() {
        return Integer.getInteger("croft.kubernetes.kills", 3);
    }

    @Override
    int people() {
        return Integer.getInteger("croft.kubernetes.clouds", 5);
    }

    @Override
    String backend() {
        return "kubernetes";
    }

    private String name() throws IOException {
        return KubernetesRuntime.nameOf(home().runtime().toRealPath());
    }

    @Override
    void killOther(Victim victim) throws IOException {
        String label = victim == Victim.PM_HOST ? "croft/host" : "croft/launch";
        String namespace = "croft-" + name();
        long grace = List.of(30L, 1L, 0L).get(deleted++ % 3);
        try (KubernetesClient client = new KubernetesClientBuilder().build()) {
            await().atMost(SOON).until(() -> {
                List<Pod> pods = client.pods()
                        .inNamespace(namespace)
                        .withLabel(label)
                        .list()
                        .getItems();
                return !pods.isEmpty()
                        && !client.pods()
                                .inNamespace(namespace)
                                .withName(pods.getFirst().getMetadata().getName())
                                .withGracePeriod(grace)
                                .delete()
                                .isEmpty();
            });
        }
    }

    @Override
    void afterwards() throws IOException {
        String name = name();
        try (KubernetesClient client = new KubernetesClientBuilder().build()) {
            // With the namespace goes all that is in it.
            await().atMost(Duration.ofMinutes(3)).untilAsserted(() -> {
                assertThat(client.namespaces().withName("croft-" + name).get()).isNull();
                assertThat(client.pods()
                                .inAnyNamespace()
                                .withLabel("croft.dev/runtime", name)
                                .list()
                                .getItems())
                        .isEmpty();
                assertThat(client.persistentVolumes()
                                .withLabel("croft.dev/runtime", name)
                                .list()
                                .getItems())
                        .isEmpty();
            });
        }
    }
}
