package dev.croft.app.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.parallel.ResourceLock;

/** On a real cluster: a pod of the same name with one option more. */
@ResourceLock("kubernetes")
class KubernetesDeviationIT extends DeviationSuite {
    @BeforeAll
    static void asked() {
        assumeTrue(Boolean.getBoolean("croft.kubernetes"), "Kubernetes is not asked for: run with -Pkubernetes");
        assumeTrue(System.getenv("KUBECONFIG") != null, "KUBECONFIG is not set: see CONTRIBUTING.md");
    }

    @Override
    String backend() {
        return "kubernetes";
    }

    private static List<Pod> pods(KubernetesClient client, UpProcess croft, String launch) throws Exception {
        return client.pods()
                .inNamespace("croft-" + Kubectl.runtimeOf(croft.home()))
                .withLabel("croft/launch", launch)
                .list()
                .getItems();
    }

    @Override
    void replace(UpProcess croft, String launch) throws Exception {
        try (KubernetesClient client = new KubernetesClientBuilder().build()) {
            Pod was = pods(client, croft, launch).getFirst();
            client.resource(was).withGracePeriod(0).delete();
            await().atMost(DoorStage.SOON)
                    .until(() -> pods(client, croft, launch).isEmpty());
            Pod other = new PodBuilder(was)
                    .withNewMetadata()
                    .withName(was.getMetadata().getName())
                    .withNamespace(was.getMetadata().getNamespace())
                    .withLabels(was.getMetadata().getLabels())
                    .endMetadata()
                    .withStatus(null)
                    .build();
            other.getSpec().setNodeName(null);
            other.getSpec().getContainers().getFirst().getCommand().add(1, "-Dmeddled=true");
            client.resource(other).create();
            await().atMost(DoorStage.SOON)
                    .until(() -> pods(client, croft, launch).stream()
                            .anyMatch(pod -> "Running".equals(pod.getStatus().getPhase())));
        }
    }

    @Override
    boolean runs(UpProcess croft, String launch) throws Exception {
        try (KubernetesClient client = new KubernetesClientBuilder().build()) {
            return !pods(client, croft, launch).isEmpty();
        }
    }
}
