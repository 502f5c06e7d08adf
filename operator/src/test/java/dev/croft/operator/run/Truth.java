package dev.croft.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.operator.resource.BlockStatus;
import dev.croft.operator.resource.ClaimStatus;
import dev.croft.operator.resource.PrivacyBudget;
import dev.croft.operator.resource.PrivacyBudgetClaim;
import dev.croft.operator.resource.PrivateDataBlock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the cluster says, looked at again and again: nothing overspent, nothing forgotten; at the end all agree. */
@SuppressWarnings("NullAway") // A null here fails the test, as it should.
final class Truth {
    private static final double ROUNDING = 1e-11;

    private final TestCluster cluster;
    private final Map<String, Map<String, Double>> consumed = new HashMap<>();
    private final Map<String, List<ClaimStatus.Response>> answers = new HashMap<>();
    private int granted;
    private int refused;
    private int looks;

    Truth(TestCluster cluster) {
        this.cluster = cluster;
    }

    /** How many claims have a request that is not answered. */
    int check() {
        looks++;
        for (PrivateDataBlock block : blocks()) if (block.getStatus() != null) account(block);
        int open = 0;
        granted = 0;
        refused = 0;
        for (PrivacyBudgetClaim claim : claims()) {
            ClaimStatus status = status(claim);
            List<ClaimStatus.Response> now =
                    status.responses().stream().filter(r -> !r.isPending()).toList();
            List<ClaimStatus.Response> before = answers.put(claim.getMetadata().getName(), now);
            if (before != null)
                assertThat(now.subList(0, before.size()))
                        .as(claim.getMetadata().getName())
                        .isEqualTo(before);
            if (now.size() < claim.getSpec().requests().size()) open++;
            if (!now.isEmpty() && now.getFirst().isSuccess()) granted++;
            if (!now.isEmpty() && !now.getFirst().isSuccess()) refused++;
        }
        return open;
    }

    private void account(PrivateDataBlock block) {
        String name = block.getMetadata().getName();
        BlockStatus status = block.getStatus();
        double total =
                Objects.requireNonNull(block.getSpec().initialBudget().epsDel()).epsilon();
        double pending = epsilon(status.pendingBudget());
        double available = epsilon(status.availableBudget());
        double acquired = sum(status.acquiredBudgetMap());
        double committed = sum(status.committedBudgetMap());
        assertThat(acquired + committed).as(name + " is overspent").isLessThanOrEqualTo(total - pending + ROUNDING);
        assertThat(available).as(name).isGreaterThanOrEqualTo(0);
        assertThat(pending + available + acquired + committed)
                .as(name + "'s account")
                .isBetween(total - ROUNDING, total + ROUNDING);
        Map<String, Double> now = new TreeMap<>();
        status.committedBudgetMap().forEach((claim, budget) -> now.put(claim, epsilon(budget)));
        Map<String, Double> before = consumed.put(name, now);
        if (before != null)
            before.forEach((claim, amount) -> assertThat(now.getOrDefault(claim, 0.0))
                    .as(name + " of " + claim)
                    .isGreaterThanOrEqualTo(amount));
    }

    /** Claims and blocks say the same of every amount. */
    void checkAtRest() {
        Map<String, PrivacyBudget> held = new TreeMap<>();
        Map<String, PrivacyBudget> spent = new TreeMap<>();
        for (PrivateDataBlock block : blocks()) {
            String id = TestCluster.NAMESPACE + "/" + block.getMetadata().getName();
            block.getStatus().acquiredBudgetMap().forEach((claim, budget) -> held.put(claim + " " + id, budget));
            block.getStatus().committedBudgetMap().forEach((claim, budget) -> spent.put(claim + " " + id, budget));
            assertThat(block.getStatus().reservedBudgetMap()).as(id).isEmpty();
        }
        Map<String, PrivacyBudget> told = new TreeMap<>();
        Map<String, PrivacyBudget> toldSpent = new TreeMap<>();
        for (PrivacyBudgetClaim claim : claims()) {
            String id = TestCluster.NAMESPACE + "/" + claim.getMetadata().getName();
            status(claim).acquiredBudgets().forEach((block, budget) -> told.put(id + " " + block, budget));
            status(claim).committedBudgets().forEach((block, budget) -> toldSpent.put(id + " " + block, budget));
            double got = 0;
            double left = 0;
            for (ClaimStatus.Response response : status(claim).responses()) {
                if (response.allocateResponse() != null)
                    for (BlockStatus.Change change :
                            response.allocateResponse().budgets().values()) got += epsilon(change.acquired());
                if (response.consumeResponse() != null)
                    for (ClaimStatus.Part part : response.consumeResponse().values()) left += epsilon(part.budget());
                if (response.releaseResponse() != null)
                    for (ClaimStatus.Part part : response.releaseResponse().values()) left += epsilon(part.budget());
            }
            assertThat(sum(status(claim).acquiredBudgets()) + left)
                    .as("history of " + id)
                    .isBetween(got - ROUNDING, got + ROUNDING);
        }
        assertThat(told).isEqualTo(held);
        assertThat(toldSpent).isEqualTo(spent);
    }

    /** kubectl's own reading of the same. */
    void checkKubectl() throws Exception {
        var json = new ObjectMapper();
        double over = 0;
        for (JsonNode block : json.readTree(cluster.kubectl("get", "pb", "-n", TestCluster.NAMESPACE, "-o", "json"))
                .get("items")) {
            double used = 0;
            for (String map : List.of("acquiredBudgetMap", "committedBudgetMap"))
                for (JsonNode amount : block.at("/status/" + map))
                    used += amount.at("/epsDel/epsilon").asDouble();
            over = Math.max(
                    over, used - block.at("/spec/initialBudget/epsDel/epsilon").asDouble());
        }
        assertThat(over).isLessThanOrEqualTo(ROUNDING);
        long shown = cluster.kubectl("get", "pbc", "-n", TestCluster.NAMESPACE, "--no-headers")
                .lines()
                .filter(line -> line.matches("\\S+ +(Granted|Settled|Failed) .*"))
                .count();
        assertThat(shown).isEqualTo(claims().size());
    }

    String summary() {
        return granted + " granted, " + refused + " refused, looked " + looks + " times";
    }

    private List<PrivateDataBlock> blocks() {
        return cluster.client
                .resources(PrivateDataBlock.class)
                .inNamespace(TestCluster.NAMESPACE)
                .list()
                .getItems();
    }

    private List<PrivacyBudgetClaim> claims() {
        return cluster.client
                .resources(PrivacyBudgetClaim.class)
                .inNamespace(TestCluster.NAMESPACE)
                .list()
                .getItems();
    }

    private static ClaimStatus status(PrivacyBudgetClaim claim) {
        return claim.getStatus() == null ? ClaimStatus.NEW : claim.getStatus();
    }

    private static double sum(Map<String, PrivacyBudget> amounts) {
        return amounts.values().stream().mapToDouble(Truth::epsilon).sum();
    }

    private static double epsilon(@Nullable PrivacyBudget budget) {
        return budget == null || budget.epsDel() == null ? 0 : budget.epsDel().epsilon();
    }
}
