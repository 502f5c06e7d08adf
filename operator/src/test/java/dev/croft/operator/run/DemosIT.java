package dev.croft.operator.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.operator.decide.Demos;
import dev.croft.operator.decide.Settings;
import java.time.Duration;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * The reference's example manifests, unmodified, on a real cluster: after every step the statuses of the real reference,
 * or, where that is wrong, the right ones. Needs {@code -Pkubernetes}.
 */
@Execution(ExecutionMode.SAME_THREAD)
@ResourceLock("kubernetes")
class DemosIT extends Demos {
    private @Nullable TestCluster cluster;
    private @Nullable Operator operator;

    @BeforeEach
    void start() throws Exception {
        cluster = TestCluster.open();
        operator = Operator.start(
                cluster.client,
                Settings.DEFAULT.withN(5),
                new Options("demos", null, Duration.ofSeconds(15), -1, "127.0.0.1", 8));
    }

    @AfterEach
    void stop() {
        if (operator != null) operator.close();
        if (cluster != null) cluster.close();
    }

    @Override
    protected void apply(String yaml) throws Exception {
        cluster().kubectl("apply", "-f", "-", yaml);
    }

    @Override
    protected JsonNode status(String kind, String name) throws Exception {
        return cluster().status(kind, name);
    }

    @Test
    void kubectlShowsBlocksAndClaims() throws Exception {
        apply(manifest("dpf-base/add-block.yaml"));
        apply(manifest("dpf-base/consume-1.yaml"));
        Awaitility.await()
                .atMost(Duration.ofSeconds(90))
                .untilAsserted(() -> assertThat(cluster().kubectl("get", "pb,pbc", "-n", TestCluster.NAMESPACE))
                        .contains("AVAILABLE", "0.99, 1.999E-5", "Settled", "success"));
    }

    @Test
    void whatIsBelowZeroIsRefusedBeforeItIsStored() throws Exception {
        String claim = releasing();
        int last = claim.lastIndexOf("0.01");
        String negative = claim.substring(0, last) + "-0.01" + claim.substring(last + 4);
        assertThatThrownBy(() -> apply(negative))
                .hasMessageContaining("spec.requests")
                .hasMessageContaining("epsilon");
    }

    private TestCluster cluster() {
        return Objects.requireNonNull(cluster);
    }
}
