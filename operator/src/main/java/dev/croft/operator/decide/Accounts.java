package dev.croft.operator.decide;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.operator.decide.Settings.Policy;
import dev.croft.operator.resource.BlockSpec;
import dev.croft.operator.resource.BlockStatus;
import dev.croft.operator.resource.PrivacyBudget;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a block's account from its status, or opens one. */
final class Accounts {
    private static final int MAX_DIMENSIONS = 64;

    private Accounts() {}

    /** The block, with what its status says put into its family. */
    static BlockCase read(Desk desk, SeenBlock seen) {
        BlockStatus status = seen.status();
        PrivacyBudget given = status != null && status.totalBudget() != null
                ? status.totalBudget()
                : seen.spec().initialBudget();
        boolean account = status != null && status.totalBudget() != null;
        if (seen.fault() != null && !account) throw new InvalidInputException("spec", Problem.MALFORMED, seen.fault());
        if (seen.mute() && !account)
            throw new InvalidInputException("status", Problem.MALFORMED, "it cannot be read, or not be stored");
        if (given == null) throw new InvalidInputException("spec.initialBudget", Problem.EMPTY, "no budget");
        if (seen.spec().dimensions().size() > MAX_DIMENSIONS)
            throw new InvalidInputException("spec.dimensions", Problem.TOO_MANY, "more than " + MAX_DIMENSIONS);
        for (BlockSpec.Dimension d : seen.spec().dimensions())
            if (d.numericValue() != null) Selection.number("spec.dimensions." + d.attribute(), d.numericValue());
        Form form = Form.of("spec.initialBudget", given);
        double[] total = form.total("spec.initialBudget", given);
        Family family = desk.families.computeIfAbsent(form, f -> new Family(f, desk::granted));
        if (status == null || (status.totalBudget() == null && status.pendingBudget() == null))
            return fresh(desk, seen, family, total);

        double[] pending = form.stored(orNone(status.pendingBudget()));
        double[] available = total.clone();
        Form.add(available, pending, -1);
        status.acquiredBudgetMap().values().forEach(budget -> Form.add(available, form.stored(budget), -1));
        Map<String, double[]> committed = new HashMap<>();
        status.committedBudgetMap().forEach((claim, budget) -> {
            double[] spent = form.stored(budget);
            committed.put(claim, spent);
            Form.add(available, spent, -1);
        });
        var block = new BlockCase(seen, family, total, pending, family.add(total, available));
        status.acquiredBudgetMap()
                .forEach((claim, budget) ->
                        block.acquired().put(claim, new BlockCase.Holding(form.stored(budget), budget)));
        block.committed.putAll(committed);
        block.reserved.putAll(status.reservedBudgetMap());
        block.log.putAll(status.lockedBudgetMap());
        block.holders.putAll(status.holders());
        block.lastRelease = status.lastBudgetReleaseTime() == null ? 0 : status.lastBudgetReleaseTime();
        return block;
    }

    private static BlockCase fresh(Desk desk, SeenBlock seen, Family family, double[] total) {
        boolean atOnce = desk.settings.policy() == Policy.FCFS
                || "base".equals(seen.spec().releaseMode());
        double[] none = new double[total.length];
        var block = new BlockCase(
                seen, family, total, atOnce ? none : total.clone(), family.add(total, atOnce ? total : none));
        if (Allocations.unlocksByTime(desk.settings, block)) {
            BlockSpec.Flow flow = seen.spec().flowReleasingOption();
            block.lastRelease = flow != null && flow.startTime() > 0 ? flow.startTime() : desk.now;
        }
        return block;
    }

    private static PrivacyBudget orNone(@Nullable PrivacyBudget budget) {
        return budget == null ? PrivacyBudget.NONE : budget;
    }
}
