package dev.croft.app.server;

import static dev.croft.app.server.Kubectl.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.parallel.ResourceLock;

/** As pods of a real cluster. */
@ResourceLock("kubernetes")
class KubernetesWarmHostIT extends WarmHostSuite {
    @BeforeAll
    static void asked() {
        assumeTrue(Boolean.getBoolean("croft.kubernetes"), "Kubernetes is not asked for: run with -Pkubernetes");
        assumeTrue(System.getenv("KUBECONFIG") != null, "KUBECONFIG is not set: see CONTRIBUTING.md");
    }

    @Override
    String backend() {
        return "kubernetes";
    }

    @Override
    String waited(Home home) throws Exception {
        StringBuilder all = new StringBuilder();
        for (JsonNode pod : json("get", "pods", "-n", "croft-" + Kubectl.runtimeOf(home), "-o", "json")
                .path("items")) {
            if (pod.at("/metadata/name").asText().contains("-warm-")) {
                all.append(pod);
            }
        }
        assertThat(all.toString()).as("there is one").contains("CROFT_WAIT");
        return all.toString();
    }

    @Override
    void nothingLeft(Home home) throws Exception {
        Kubectl.awaitNothingLeft(home);
    }
}
