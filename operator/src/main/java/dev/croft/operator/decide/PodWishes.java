package dev.croft.operator.decide;

import dev.croft.operator.resource.ClaimSpec;
import dev.croft.operator.resource.ClaimStatus;
import dev.croft.operator.resource.PrivacyBudget;
import java.util.List;
import java.util.Map;

/** The pods that claims ask for: started once everything is granted, and what their ends mean for the budget. Not thread-safe, as the desk. */
public final class PodWishes {
    private final Desk desk;
    private final Spending spending;

    PodWishes(Desk desk, Spending spending) {
        this.desk = desk;
        this.spending = spending;
    }

    /** A pod was started for a claim. */
    public void started(String id, String name) {
        ClaimCase claim = desk.claims.get(id);
        if (claim == null || claim.pod != null) return;
        claim.pod = new ClaimStatus.Pod(name, "Created");
        desk.dirtyClaims.add(claim);
    }

    /** A claim's pod ended, or is no more, and said nothing. */
    public void ended(String id, boolean succeeded) {
        ended(id, succeeded, Map.of());
    }

    /**
     * A claim's pod ended, or is no more: what is left of the budget is consumed, released or kept.
     *
     * @param report what the pod says that it consumed, by block; of a block that it does not name, everything
     */
    public void ended(String id, boolean succeeded, Map<String, PrivacyBudget> report) {
        ClaimCase claim = desk.claims.get(id);
        if (claim == null
                || claim.mute
                || claim.pod == null
                || !claim.pod.state().equals("Created")
                || claim.spec.pod() == null) return;
        ClaimSpec.PodRequest wish = claim.spec.pod();
        String then = succeeded ? wish.onSuccess() : wish.onFailure();
        if ("report".equals(then)) spending.settle(claim, false, report);
        else if (!"keep".equals(then)) spending.settle(claim, "release".equals(then), Map.of());
        claim.pod = new ClaimStatus.Pod(claim.pod.name(), succeeded ? "Succeeded" : "Failed");
        desk.dirtyClaims.add(claim);
    }

    /** A claim's pod can never be started: nobody looked at anything, so everything held is given back. */
    public void refused(String id, String name, String message) {
        ClaimCase claim = desk.claims.get(id);
        if (claim == null || claim.pod != null) return;
        spending.settle(claim, true, Map.of());
        claim.pod = new ClaimStatus.Pod(name, "Refused", message);
        desk.dirtyClaims.add(claim);
    }

    /** The claims that have everything they asked for and whose pod is to be started; ids. */
    public List<String> wanted() {
        return desk.claims.values().stream()
                .filter(c -> !c.mute && c.spec.pod() != null && c.pod == null && c.isGranted() && !c.fence)
                .map(c -> c.id)
                .toList();
    }

    /** Whether a claim has everything it asked for, and its answers say so. */
    public boolean mayStart(String id) {
        ClaimCase claim = desk.claims.get(id);
        return claim != null
                && !claim.mute
                && !claim.fence
                && claim.isGranted()
                && claim.render().equals(claim.stored);
    }
}
