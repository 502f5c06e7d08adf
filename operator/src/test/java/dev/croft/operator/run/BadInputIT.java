package dev.croft.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.operator.decide.Settings;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Whatever anybody writes: refused with the field's name, nothing changed, and the next claim is served. Needs {@code -Pkubernetes}. */
@Execution(ExecutionMode.SAME_THREAD)
@ResourceLock("kubernetes")
@SuppressWarnings("NullAway") // A null here fails the test, as it should.
class BadInputIT {
    private TestCluster cluster;
    private Operator operator;

    @BeforeEach
    void start() throws Exception {
        cluster = TestCluster.open();
        operator = Operator.start(
                cluster.client,
                Settings.DEFAULT.withN(2),
                new Options("bad-input", null, Duration.ofSeconds(15), -1, "127.0.0.1", 8));
        apply("""
                apiVersion: columbia.github.com/v1
                kind: PrivateDataBlock
                metadata: {name: pair, namespace: privacy-example}
                spec: {dataset: taxi, initialBudget: {epsDel: {epsilon: 4, delta: 0.001}}}
                ---
                apiVersion: columbia.github.com/v1
                kind: PrivateDataBlock
                metadata: {name: curve, namespace: privacy-example}
                spec: {dataset: bus, initialBudget: {renyi: [{alpha: 2, epsilon: 4}, {alpha: 8, epsilon: 6}]}}
                """);
        await("pb", "pair", "/totalBudget/epsDel/epsilon", "4");
        await("pb", "curve", "/totalBudget/renyi/0/epsilon", "4");
    }

    @AfterEach
    void stop() {
        if (operator != null) operator.close();
        if (cluster != null) cluster.close();
    }

    @Test
    void whatTheSchemaForbidsIsRefusedByNameBeforeItIsStored() {
        String orders = IntStream.range(0, 1000)
                .mapToObj(i -> "{alpha: " + (i + 2) + ", epsilon: 1}")
                .collect(Collectors.joining(", "));
        Map<String, String> bad = new LinkedHashMap<>();
        bad.put("epsDel: {epsilon: -1, delta: 0}", "epsDel.epsilon");
        bad.put("epsDel: {epsilon: 1e308, delta: 0}", "epsDel.epsilon");
        bad.put("epsDel: {epsilon: 1, delta: 2}", "epsDel.delta");
        bad.put("epsDel: {epsilon: much, delta: 0}", "epsDel.epsilon");
        bad.put("epsDel: {epsilon: 1}", "delta");
        bad.put("renyi: [{alpha: 0.5, epsilon: 1}]", "renyi.alpha");
        bad.put("renyi: [" + orders + "]", "renyi");
        bad.put("renyi: []", "renyi");
        bad.put("", "constant");
        // Neither is a number of JSON, so whoever sends it is told before there is a field.
        bad.put("epsDel: {epsilon: .nan, delta: 0}", "NaN");
        bad.put("epsDel: {epsilon: .inf, delta: 0}", "Inf");
        bad.forEach((budget, field) -> assertThatThrownBy(
                        () -> apply(claim("bad", "taxi", "constant: {" + budget + "}")))
                .as(budget)
                .hasMessageContaining(field));
        assertThatThrownBy(() -> apply(claim("bad", "taxi", "constant: {epsDel: {epsilon: 1, delta: 0}}")
                        .replace(
                                "conditions: []",
                                "conditions: [{attribute: day, operation: near, numericValue: '1'}]")))
                .hasMessageContaining("operation");
        assertThatThrownBy(() -> apply("""
                        apiVersion: columbia.github.com/v1
                        kind: PrivateDataBlock
                        metadata: {name: negative, namespace: privacy-example}
                        spec: {initialBudget: {epsDel: {epsilon: -4, delta: 0}}}
                        """)).hasMessageContaining("spec.initialBudget.epsDel.epsilon");
    }

    @Test
    void whatMayBeStoredAndCannotBeDoneIsAnsweredWithTheField() throws Exception {
        JsonNode pair = cluster.status("pb", "pair");
        JsonNode curve = cluster.status("pb", "curve");
        String one = "constant: {epsDel: {epsilon: 1, delta: 0}}";
        Map<String, String[]> bad = new LinkedHashMap<>();
        bad.put("function", new String[] {claim("function", "taxi", "function: f"), "expectedBudget"});
        bad.put("both", new String[] {claim("both", "taxi", one + ", function: f, budgetMap: {}"), "expectedBudget"});
        bad.put("unknown", new String[] {
            claim("unknown", "taxi", "budgetMap: {privacy-example/none: {epsDel: {epsilon: 1, delta: 0}}}"), "budgetMap"
        });
        bad.put("form", new String[] {claim("form", "bus", one), "renyi"});
        bad.put("few", new String[] {claim("few", "bus", "constant: {renyi: [{alpha: 2, epsilon: 1}]}"), "8.0"});
        bad.put(
                "much",
                new String[] {claim("much", "taxi", "constant: {epsDel: {epsilon: 5, delta: 0}}"), "expectedBudget"});
        bad.put("nothing", new String[] {
            claim("nothing", "taxi", "constant: {epsDel: {epsilon: 0, delta: 0}}"), "expectedBudget"
        });
        bad.put("elsewhere", new String[] {claim("elsewhere", "tram", one), "conditions"});
        bad.put("many", new String[] {claim("many", "taxi", one, 99_999_999_999L), "minNumberOfBlocks"});
        bad.put("held", new String[] {"""
            apiVersion: columbia.github.com/v1
            kind: PrivacyBudgetClaim
            metadata: {name: held, namespace: privacy-example}
            spec:
              requests:
                - consumeRequest: {consume: {privacy-example/pair: {epsDel: {epsilon: 1, delta: 0}}}}
            """, "consumeRequest.consume.privacy-example/pair"});
        for (String[] one1 : bad.values()) apply(one1[0]);
        bad.forEach((name, asked) -> {
            await("pbc", name, "/responses/0/state", "failure");
            await("pbc", name, "/responses/0/error", asked[1]);
        });
        assertThat(cluster.status("pb", "pair")).isEqualTo(pair);
        assertThat(cluster.status("pb", "curve")).isEqualTo(curve);
        apply(claim("good", "taxi", one));
        await("pbc", "good", "/phase", "Granted");
    }

    @Test
    void whatWasAllocatedStaysThoughItsClaimIsEditedItsBlockDeletedOrTheClaimMadeTwice() throws Exception {
        String first = claim("first", "taxi", "constant: {epsDel: {epsilon: 1, delta: 0}}");
        apply(first);
        await("pbc", "first", "/phase", "Granted");
        JsonNode before = cluster.status("pb", "pair");
        assertThatThrownBy(() -> cluster.kubectl("create", "-f", "-", first)).hasMessageContaining("already exists");
        apply(first.replace("epsilon: 1,", "epsilon: 2,"));
        cluster.kubectl("delete", "pb", "pair", "-n", TestCluster.NAMESPACE, "--wait=false");
        apply(claim("second", "taxi", "constant: {epsDel: {epsilon: 1, delta: 0}}"));
        await("pbc", "second", "/responses/0/error", "conditions");
        assertThat(cluster.status("pb", "pair")).isEqualTo(before);
        await("pbc", "first", "/acquiredBudgets/privacy-example~1pair/epsDel/epsilon", "1");
        cluster.kubectl("delete", "pbc", "first", "-n", TestCluster.NAMESPACE);
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(cluster.kubectl("get", "pb", "-n", TestCluster.NAMESPACE))
                        .doesNotContain("pair"));
    }

    private static String claim(String name, String dataset, String demand) {
        return claim(name, dataset, demand, 1);
    }

    private static String claim(String name, String dataset, String demand, long least) {
        return """
                apiVersion: columbia.github.com/v1
                kind: PrivacyBudgetClaim
                metadata: {name: %s, namespace: privacy-example}
                spec:
                  requests:
                    - allocateRequest: {dataset: %s, conditions: [], minNumberOfBlocks: %d, expectedBudget: {%s}}
                """.formatted(name, dataset, least, demand);
    }

    private void apply(String yaml) throws Exception {
        cluster.kubectl("apply", "-f", "-", yaml);
    }

    private void await(String kind, String name, String at, String part) {
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .untilAsserted(
                        () -> assertThat(cluster.status(kind, name).at(at).asText())
                                .as(name)
                                .contains(part));
    }
}
