package dev.croft.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.operator.decide.Settings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Pods start when their claim is granted and not before, and what is left is settled when they end. */
@ResourceLock("kubernetes")
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
                    .contains("croft_operator_leading 1\n", "croft_operator_blocks 1\n", "croft_operator_claims 2\n");
        }
    }

    private static void awaitPhase(TestCluster cluster, String claim, String state) {
        Awaitility.await()
                .atMost(Duration.ofMinutes(3))
                .untilAsserted(() -> assertThat(
                                cluster.status("pbc", claim).at("/pod/state").asText())
                        .isEqualTo(state));
    }
}
