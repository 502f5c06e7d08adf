package dev.croft.app.server;

import static dev.croft.app.server.Kubectl.apply;
import static dev.croft.app.server.Kubectl.json;
import static dev.croft.app.server.Kubectl.kubectl;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.app.example.TrainingPod;
import dev.croft.operator.run.Deploy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The operator as pods of a real cluster, from its own image and manifests: two replicas, one of which leads; the leader is killed
 * between a claim's arrival and its pod's end. Needs {@code -Pkubernetes} and an engine that the nodes run on.
 */
@Timeout(600)
class KubernetesOperatorIT {
    private static final String NAMESPACE = "croft-budget-example";

    @TempDir
    Path folder;

    @AfterEach
    void clean() throws Exception {
        if (!Boolean.getBoolean("croft.kubernetes") || System.getenv("KUBECONFIG") == null) return;
        kubectl("delete", "deployment", "operator", "-n", "croft-budget", "--ignore-not-found", "--wait=false");
        kubectl("delete", "pods", "--all", "-n", "croft-budget", "--force", "--grace-period=0");
        kubectl("delete", "lease", "--all", "-n", "croft-budget");
        removeExample();
    }

    private void removeExample() throws Exception {
        kubectl("delete", "pbc", "--all", "-n", NAMESPACE, "--ignore-not-found");
        for (JsonNode block : list("pb"))
            kubectl(
                    "patch",
                    "pb",
                    block.at("/metadata/name").asText(),
                    "-n",
                    NAMESPACE,
                    "--type=merge",
                    "-p",
                    "{\"metadata\":{\"finalizers\":[]}}");
        kubectl("delete", "pb", "--all", "-n", NAMESPACE, "--ignore-not-found");
        kubectl("delete", "pods", "--all", "-n", NAMESPACE, "--force", "--grace-period=0");
    }

    @Test
    void twoReplicasOfWhichOneLeadsTrainAModelAsAPodAndOutliveTheLeader() throws Exception {
        assumeTrue(Boolean.getBoolean("croft.kubernetes"), "Kubernetes is not asked for: run with -Pkubernetes");
        assumeTrue(System.getenv("KUBECONFIG") != null, "KUBECONFIG is not set: see CONTRIBUTING.md");
        Path archive = folder.resolve("operator.tar");
        OperatorImage.write("croft/operator", archive);
        Kubectl.run("", "docker", "load", "-i", archive.toString());

        apply(Deploy.text("crds.yaml"));
        kubectl(
                "wait",
                "--for=condition=Established",
                "--timeout=60s",
                "crd/privatedatablocks.columbia.github.com",
                "crd/privacybudgetclaims.columbia.github.com");
        apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: " + NAMESPACE + "}\n");
        removeExample();
        // A dead leader is waited for less long than ordinarily.
        apply(Deploy.text("operator.yaml")
                .replace(
                        "value: \"100\"}",
                        "value: \"1\"}\n            - {name: CROFT_OPERATOR_LEASE_MS, value: \"5000\"}"));
        kubectl("rollout", "status", "deployment/operator", "-n", "croft-budget", "--timeout=240s");
        String leader = leader("");
        List<String> replicas = new ArrayList<>();
        for (JsonNode pod : json("get", "pods", "-n", "croft-budget", "-l", "app=croft-budget-operator", "-o", "json")
                .get("items")) replicas.add(pod.at("/metadata/name").asText());
        assertThat(replicas).hasSize(2).contains(leader);

        apply(TrainingPod.manifest(NAMESPACE, "croft/operator"));
        awaitStatus("training", "/pod/state", "Created");
        // Somebody else asks for the rest while the pod runs, and the leader is killed before it has ended.
        apply(TrainingPod.manifest(NAMESPACE, "croft/operator").replace("name: training", "name: late"));
        awaitStatus("late", "/phase", "Waiting");
        kubectl("delete", "pod", leader, "-n", "croft-budget", "--force", "--grace-period=0");
        assertThat(leader(leader)).isNotEqualTo(leader);

        awaitStatus("training", "/pod/state", "Succeeded");
        JsonNode training = status("pbc", "training");
        // The sixth order is one at which the block has something to give.
        double claimed = training.at(
                        "/responses/0/allocateResponse/budgets/" + NAMESPACE + "~1people/acquired/renyi/5/epsilon")
                .asDouble();
        double spent = training.at("/committedBudgets/" + NAMESPACE + "~1people/renyi/5/epsilon")
                .asDouble();
        assertThat(spent).isGreaterThan(0).isLessThan(claimed);
        assertThat(training.at("/phase").asText()).isEqualTo("Settled");
        assertThat(kubectl("logs", "training", "-n", NAMESPACE)).contains("paid and done", "spent epsilon");
        // What is left does not do for a second run of all epochs, so that one has no pod and none is started.
        assertThat(status("pb", "people")
                        .at("/committedBudgetMap/" + NAMESPACE + "~1training/renyi/5/epsilon")
                        .asDouble())
                .isEqualTo(spent);
        assertThat(status("pb", "people")
                        .at("/acquiredBudgetMap/" + NAMESPACE + "~1training")
                        .isMissingNode())
                .isTrue();
    }

    private String leader(String not) {
        return Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .until(
                        () -> {
                            String held = json("get", "leases", "-n", "croft-budget", "-o", "json")
                                    .at("/items/0/spec/holderIdentity")
                                    .asText();
                            return held.isEmpty() ? "" : held.substring(0, held.lastIndexOf('-'));
                        },
                        held -> !held.isEmpty() && !held.equals(not));
    }

    private void awaitStatus(String claim, String at, String is) {
        Awaitility.await()
                .atMost(Duration.ofMinutes(3))
                .untilAsserted(
                        () -> assertThat(status("pbc", claim).at(at).asText()).isEqualTo(is));
    }

    private JsonNode status(String kind, String name) throws Exception {
        return json("get", kind, name, "-n", NAMESPACE, "-o", "json").path("status");
    }

    private JsonNode list(String kind) throws Exception {
        return json("get", kind, "-n", NAMESPACE, "-o", "json").get("items");
    }
}
