package dev.croft.app.server;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.parallel.ResourceLock;

/** In pods of a real cluster. */
@ResourceLock("kubernetes")
class KubernetesHostileDoorIT extends HostileDoorSuite {
    @Override
    void asked() {
        assumeTrue(Boolean.getBoolean("croft.kubernetes"), "Kubernetes is not asked for: run with -Pkubernetes");
        assumeTrue(System.getenv("KUBECONFIG") != null, "KUBECONFIG is not set: see CONTRIBUTING.md");
    }

    @Override
    String backend() {
        return "kubernetes";
    }
}
