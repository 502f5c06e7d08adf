package dev.croft.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.operator.decide.Settings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Pods start when their claim is granted and not before, and what is left is settled when they end. */
@Execution(ExecutionMode.SAME_THREAD)
@ResourceLock("kubernetes")
@Timeout(600)
class PodIT {
    private static final String BLOCK = """
            apiVersion: columbia.github.com/v1
            kind: PrivateDataBlock
            metadata: {name: monday, namespace: privacy-example}
            spec:
              dataset: taxi
              initialBudget: {epsDel: {epsilon: 1, delta: 0.0001}}
              budgetReturnPolicy: toAvailable
            """;

    private static String claim(String name, String onSuccess) {
        return """
                apiVersion: columbia.github.com/v1
                kind: PrivacyBudgetClaim
                metadata: {name: %s, namespace: privacy-example}
                spec:
                  requests:
                    - allocateRequest:
                        dataset: taxi
                        expectedBudget: {constant: {epsDel: {epsilon: 0.8, delta: 0.00001}}}
                        timeout: -1
                  pod:
                    onSuccess: %s
                    template:
                      spec:
                        terminationGracePeriodSeconds: 0
                        containers:
                          - name: work
                            image: localhost/pause:1
                            imagePullPolicy: Never
                            command: [/bin/busybox, sleep, "3"]
                """.formatted(name, onSuccess);
    }

    @Test
    void aPodStartsWhenItsBudgetIsGranted() throws Exception {
        try (TestCluster cluster = TestCluster.open();
                Operator operator = Operator.start(
                        cluster.client,
                        Settings.DEFAULT.withN(1),
                        new Options("pods", null, Duration.ofSeconds(15), 0, "127.0.0.1", 8))) {
            cluster.kubectl("apply", "-f", "-", BLOCK);
            cluster.kubectl("apply", "-f", "-", claim("first", "release"));
            awaitPhase(cluster, "first", "Created");
            cluster.kubectl("apply", "-f", "-", claim("second", "consume"));
            // The first pod has the budget, so the second claim waits and has no pod, until the first gives back.
            Awaitility.await()
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> cluster.status("pbc", "second")
                                    .at("/phase")
                                    .asText()
                                    .equals("Waiting")
                            || cluster.status("pbc", "first")
                                    .at("/pod/state")
                                    .asText()
                                    .equals("Succeeded"));
            if (cluster.status("pbc", "second").at("/phase").asText().equals("Waiting"))
                assertThat(cluster.client
                                .pods()
                                .inNamespace(TestCluster.NAMESPACE)
                                .withName("second")
                                .get())
                        .isNull();
            awaitPhase(cluster, "first", "Succeeded");
            awaitPhase(cluster, "second", "Succeeded");
            var first = cluster.client
                    .pods()
                    .inNamespace(TestCluster.NAMESPACE)
                    .withName("first")
                    .get();
            var second = cluster.client
                    .pods()
                    .inNamespace(TestCluster.NAMESPACE)
                    .withName("second")
                    .get();
            String ended = first.getStatus()
                    .getContainerStatuses()
                    .getFirst()
                    .getState()
                    .getTerminated()
                    .getFinishedAt();
            assertThat(second.getMetadata().getCreationTimestamp()).isGreaterThanOrEqualTo(ended);
            assertThat(cluster.status("pb", "monday")
                            .at("/committedBudgetMap/privacy-example~1second/epsDel/epsilon")
                            .asDouble())
                    .isEqualTo(0.8);
            assertThat(cluster.status("pb", "monday").at("/committedBudgetMap").size())
                    .isEqualTo(1);

            HttpResponse<String> metrics = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + operator.port() + "/metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(metrics.body())
                    .contains(
                            "croft_operator_leading 1\n",
                            "croft_operator_blocks 1\n",
                            "croft_operator_claims 2\n",
                            "croft_operator_claims_granted_total 2\n",
                            "croft_operator_claims_denied_total 0\n",
                            "croft_operator_claims_waiting 0\n",
                            "croft_operator_decision_seconds_count 2\n");
        }
    }

    @Test
    void aRefusedClaimHasNoPodAndAnOperatorThatIsKilledLeavesNoneBehindAndStartsNoneTwice(@TempDir Path dir)
            throws Exception {
        try (TestCluster cluster = TestCluster.open()) {
            Path log = OperatorProcess.log(dir, "operators.log");
            Map<String, String> settings = Map.of("CROFT_OPERATOR_N", "1", "KUBECONFIG", cluster.kubeconfig.toString());
            cluster.kubectl("apply", "-f", "-", BLOCK);
            OperatorProcess operator = OperatorProcess.start("k0", log, settings);
            try {
                cluster.kubectl("apply", "-f", "-", claim("much", "consume").replace("epsilon: 0.8", "epsilon: 8"));
                cluster.kubectl("apply", "-f", "-", claim("odd", "consume").replace("containers:", "vessels:"));
                awaitState(cluster, "odd", "/pod/state", "Refused");
                assertThat(cluster.status("pbc", "odd").at("/pod/message").asText())
                        .contains("spec.pod.template", "containers");
                assertThat(cluster.status("pb", "monday")
                                .at("/acquiredBudgetMap")
                                .size())
                        .isZero();
                for (int kill = 1; kill <= 3; kill++) {
                    String name = "run" + kill;
                    cluster.kubectl(
                            "apply",
                            "-f",
                            "-",
                            claim(name, kill < 3 ? "release" : "consume").replace("0.00001", "0"));
                    // Once when it may not even have seen the claim, once when it has just granted, once when the pod
                    // runs.
                    if (kill == 2) awaitState(cluster, name, "/phase", "Granted");
                    if (kill == 3) awaitState(cluster, name, "/pod/state", "Created");
                    operator.kill();
                    operator = OperatorProcess.start("k" + kill, log, settings);
                    awaitState(cluster, name, "/pod/state", "Succeeded");
                    awaitState(cluster, name, "/phase", "Settled");
                }
                var pods = cluster.client
                        .pods()
                        .inNamespace(TestCluster.NAMESPACE)
                        .list()
                        .getItems();
                assertThat(pods)
                        .extracting(pod -> pod.getMetadata().getName())
                        .containsExactlyInAnyOrder("run1", "run2", "run3");
                assertThat(cluster.status("pbc", "much")
                                .at("/responses/0/error")
                                .asText())
                        .contains("expectedBudget");
                var block = cluster.status("pb", "monday");
                assertThat(block.at("/committedBudgetMap").size()).isEqualTo(1);
                assertThat(block.at("/committedBudgetMap/privacy-example~1run3/epsDel/epsilon")
                                .asDouble())
                        .isEqualTo(0.8);
                assertThat(block.at("/availableBudget/epsDel/epsilon").asDouble())
                        .isEqualTo(0.2);
            } finally {
                operator.kill();
            }
        }
    }

    private static void awaitState(TestCluster cluster, String claim, String at, String is) {
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(
                        () -> assertThat(cluster.status("pbc", claim).at(at).asText())
                                .as(claim)
                                .isEqualTo(is));
    }

    private static void awaitPhase(TestCluster cluster, String claim, String state) {
        Awaitility.await()
                .atMost(Duration.ofMinutes(3))
                .untilAsserted(() -> assertThat(
                                cluster.status("pbc", claim).at("/pod/state").asText())
                        .isEqualTo(state));
    }
}
