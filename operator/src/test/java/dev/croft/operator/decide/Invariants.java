package dev.croft.operator.decide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.operator.resource.BlockStatus;
import dev.croft.operator.resource.ClaimStatus;
import dev.croft.operator.resource.PrivacyBudget;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What has to be true of the stored statuses, at any moment and at the end. */
@SuppressWarnings("NullAway") // A null here fails the test, as it should.
final class Invariants {
    private final SimulatedCluster cluster;
    private final Map<String, List<ClaimStatus.Response>> answers = new HashMap<>();
    private final Map<String, double[]> spent = new HashMap<>();

    Invariants(SimulatedCluster cluster) {
        this.cluster = cluster;
    }

    /** After every write: nothing overspent, nothing taken from whoever was told to have it, nothing forgotten. */
    void check() {
        for (SeenBlock block : cluster.blocks.values()) if (block.status() != null) account(block, block.status());
        for (SeenClaim claim : cluster.claims.values()) if (claim.status() != null) told(claim, claim.status());
    }

    private void account(SeenBlock block, BlockStatus status) {
        Form form = Form.of("spec", block.spec().initialBudget());
        double[] total = form.total("spec", block.spec().initialBudget());
        double[] committed = sum(form, status.committedBudgetMap());
        double[] used = sum(form, status.acquiredBudgetMap());
        Form.add(used, committed, 1);
        double[] unlocked = total.clone();
        Form.add(unlocked, amount(form, status.pendingBudget()), -1);
        assertThat(form.fits(used, unlocked)).as("overspent: %s", block).isTrue();
        double[] left = unlocked.clone();
        Form.add(left, used, -1);
        assertThat(amount(form, status.availableBudget()))
                .as("account: %s", block)
                .isEqualTo(left);
        double[] before = spent.put(block.uid(), committed);
        if (before != null)
            assertThat(Form.within(before, committed)).as("history: %s", block).isTrue();
    }

    private void told(SeenClaim claim, ClaimStatus status) {
        List<ClaimStatus.Response> now =
                status.responses().stream().filter(r -> !r.isPending()).toList();
        List<ClaimStatus.Response> before = answers.put(claim.uid(), now);
        if (before != null)
            assertThat(now.subList(0, before.size())).as("answers of %s", claim).isEqualTo(before);
        status.acquiredBudgets().forEach((id, budget) -> {
            SeenBlock block = cluster.blocks.get(id);
            Form form = Form.of("spec", block.spec().initialBudget());
            double[] there = new double[form.size()];
            PrivacyBudget held = block.status().acquiredBudgetMap().get(claim.id());
            if (held != null) Form.add(there, form.stored(held), 1);
            block.status().lockedBudgetMap().forEach((request, entry) -> {
                boolean spending =
                        entry.state().equals("committed") || entry.state().equals("aborted");
                if (!request.startsWith(claim.id() + "/") || !spending) return;
                int index = Integer.parseInt(request.substring(claim.id().length() + 1));
                if (index >= now.size())
                    Form.add(there, form.stored(entry.budget().acquired()), 1);
            });
            assertThat(Form.within(form.stored(budget), there))
                    .as("%s was told of %s on %s", claim, budget, block)
                    .isTrue();
        });
    }

    /** When nobody has anything left to do: claims and blocks say the same, and nothing waits that could be had. */
    void checkAtRest() {
        for (SeenBlock block : cluster.blocks.values()) {
            assertThat(block.status()).isNotNull();
            block.status().acquiredBudgetMap().forEach((id, budget) -> {
                SeenClaim claim = cluster.claims.get(id);
                assertThat(claim).as("%s is held by nobody: %s", id, block).isNotNull();
                assertThat(claim.status().acquiredBudgets())
                        .as("%s and %s", block, claim)
                        .containsEntry(block.id(), budget);
            });
            block.status()
                    .reservedBudgetMap()
                    .forEach((id, budget) -> assertThat(
                                    cluster.claims.get(id).status().reservedBudgets())
                            .containsEntry(block.id(), budget));
        }
        for (SeenClaim claim : cluster.claims.values()) {
            ClaimStatus status = claim.status();
            assertThat(status).as("never answered: %s", claim).isNotNull();
            status.acquiredBudgets()
                    .forEach((id, budget) -> assertThat(
                                    cluster.blocks.get(id).status().acquiredBudgetMap())
                            .as("%s and %s", claim, cluster.blocks.get(id))
                            .containsEntry(claim.id(), budget));
            if (!status.reservedBudgets().isEmpty()) {
                assertThat(status.reservedBudgets().entrySet().stream().allMatch(e -> {
                            SeenBlock block = cluster.blocks.get(e.getKey());
                            Form form = Form.of("spec", block.spec().initialBudget());
                            return form.fits(
                                    form.stored(e.getValue()),
                                    amount(form, block.status().availableBudget()));
                        }))
                        .as("waits for what there is: %s", claim)
                        .isFalse();
                continue;
            }
            assertThat(status.responses()).hasSameSizeAs(claim.spec().requests());
        }
    }

    private static double[] sum(Form form, Map<String, PrivacyBudget> amounts) {
        double[] sum = new double[form.size()];
        amounts.values().forEach(budget -> Form.add(sum, form.stored(budget), 1));
        return sum;
    }

    private static double[] amount(Form form, @Nullable PrivacyBudget budget) {
        return form.stored(budget == null ? PrivacyBudget.NONE : budget);
    }
}
