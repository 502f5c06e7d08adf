package dev.croft.app.server;

import static dev.croft.app.server.Kubectl.kubectl;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.operator.run.Deploy;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Routers that share a real cluster, each with a namespace of its own, and know nothing of each other's pods. */
@ResourceLock("kubernetes")
class KubernetesSeveralRoutersIT extends SeveralRoutersSuite {
    @BeforeAll
    static void asked() throws Exception {
        assumeTrue(Boolean.getBoolean("croft.kubernetes"), "Kubernetes is not asked for: run with -Pkubernetes");
        assumeTrue(System.getenv("KUBECONFIG") != null, "KUBECONFIG is not set: see CONTRIBUTING.md");
        Kubectl.apply(Deploy.text("privateclouds.yaml"));
        kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd/privateclouds.croft.dev");
    }

    @Override
    String backend() {
        return "kubernetes";
    }

    @Override
    InetAddress address() throws IOException {
        return Outward.address();
    }

    @Override
    Set<String> hosts(Home home) throws IOException, InterruptedException {
        return kubectl("get", "pods", "-n", "croft-" + Kubectl.runtimeOf(home), "-l", "croft/host", "-o", "name")
                .lines()
                .collect(Collectors.toSet());
    }

    /** Private clouds that a router has are resources in its namespace, and in no other's. */
    @Override
    void shownAt(Home home, Set<String> clouds) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(
                                kubectl("get", "privateclouds", "-n", "croft-" + Kubectl.runtimeOf(home), "-o", "name")
                                        .lines()
                                        .map(name -> name.substring(name.indexOf('/') + 1)))
                        .containsExactlyInAnyOrderElementsOf(clouds));
    }

    @Override
    void nothingLeft(Home home) throws Exception {
        Kubectl.awaitNothingLeft(home);
    }
}
