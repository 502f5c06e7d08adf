package dev.croft.operator.decide;

import dev.croft.operator.resource.BlockSpec;
import dev.croft.operator.resource.ClaimSpec;
import dev.croft.operator.resource.PrivacyBudget;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Short ways to write resources. */
final class Samples {
    private Samples() {}

    static BlockSpec block(PrivacyBudget budget, int start) {
        return new BlockSpec(
                budget,
                List.of(new BlockSpec.Dimension("startTime", "" + start, null)),
                "taxi",
                null,
                null,
                null,
                null);
    }

    static PrivacyBudget curve(double... ordersAndEpsilons) {
        var curve = new ArrayList<PrivacyBudget.Order>();
        for (int i = 0; i < ordersAndEpsilons.length; i += 2)
            curve.add(new PrivacyBudget.Order(ordersAndEpsilons[i], ordersAndEpsilons[i + 1]));
        return PrivacyBudget.of(curve);
    }

    /** Allocates on the blocks that start in [from, to). */
    static ClaimSpec.Request allocate(PrivacyBudget budget, int from, int to, long timeout) {
        return new ClaimSpec.Request(
                "a",
                new ClaimSpec.Allocate(
                        "taxi",
                        List.of(
                                new ClaimSpec.Condition("startTime", ">=", "" + from, null),
                                new ClaimSpec.Condition("startTime", "<", "" + to, null)),
                        1,
                        0,
                        new ClaimSpec.Demand(budget, null, null),
                        null,
                        timeout),
                null,
                null);
    }

    static ClaimSpec.Request consume(Map<String, PrivacyBudget> amounts) {
        return new ClaimSpec.Request(
                "c", null, new ClaimSpec.Consume("consumeAvailableBudget=true,allOrNothing=false", amounts), null);
    }

    static ClaimSpec.Request releaseAll() {
        return new ClaimSpec.Request("r", null, null, new ClaimSpec.Release(null, null));
    }

    static ClaimSpec claim(ClaimSpec.Request... requests) {
        return new ClaimSpec(List.of(requests), null, null);
    }
}
