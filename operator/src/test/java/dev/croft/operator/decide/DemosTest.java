package dev.croft.operator.decide;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.operator.resource.PrivacyBudgetClaim;
import dev.croft.operator.resource.PrivateDataBlock;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.SplittableRandom;

/** The demos without a cluster: the same desk, on resources kept in memory. */
@SuppressWarnings("NullAway") // A null here fails the test, as it should.
class DemosTest extends Demos {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final KubernetesSerialization YAML = new KubernetesSerialization();

    private final SimulatedCluster cluster = new SimulatedCluster();
    private final SimulatedOperator operator =
            new SimulatedOperator(cluster, Settings.DEFAULT.withN(5), new SplittableRandom(1));

    @Override
    protected void apply(String yaml) {
        if (yaml.contains("PrivateDataBlock")) {
            PrivateDataBlock block = YAML.unmarshal(yaml, PrivateDataBlock.class);
            cluster.create(block.getMetadata().getName(), block.getSpec());
        } else {
            PrivacyBudgetClaim claim = YAML.unmarshal(yaml, PrivacyBudgetClaim.class);
            String id = SimulatedCluster.NAMESPACE + "/" + claim.getMetadata().getName();
            if (cluster.claims.containsKey(id)) cluster.describe(id, claim.getSpec());
            else cluster.create(claim.getMetadata().getName(), claim.getSpec());
        }
        while (operator.step()) {}
    }

    @Override
    protected JsonNode status(String kind, String name) {
        String id = SimulatedCluster.NAMESPACE + "/" + name;
        Object status = kind.equals("pb")
                ? cluster.blocks.get(id).status()
                : cluster.claims.get(id).status();
        return JSON.valueToTree(status);
    }
}
