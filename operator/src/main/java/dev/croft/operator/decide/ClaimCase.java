package dev.croft.operator.decide;

import dev.croft.budget.scheduling.Claim;
import dev.croft.operator.resource.BlockStatus;
import dev.croft.operator.resource.ClaimSpec;
import dev.croft.operator.resource.ClaimStatus;
import dev.croft.operator.resource.PrivacyBudget;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A claim on the desk: what is stored, and what should be. */
final class ClaimCase {
    /** An allocate request that waits. */
    static final class Open {
        final int index;
        final Family family;
        final List<BlockCase> blocks;
        final List<PrivacyBudget> shown;
        final Claim claim;
        final long start;
        final long deadline;
        /** Its blocks know it as waiting. */
        boolean reserved;

        Open(
                int index,
                Family family,
                List<BlockCase> blocks,
                List<PrivacyBudget> shown,
                Claim claim,
                long start,
                long deadline) {
            this.index = index;
            this.family = family;
            this.blocks = blocks;
            this.shown = shown;
            this.claim = claim;
            this.start = start;
            this.deadline = deadline;
        }
    }

    final String id;
    final SeenClaim first;
    String version;
    ClaimSpec spec;
    ClaimStatus stored;
    /** Answered requests, without the one that waits. */
    final List<ClaimStatus.Response> responses = new ArrayList<>();

    /** Blocks on which something is held. */
    final Map<String, BlockCase> holds = new TreeMap<>();
    /** Blocks that remember a request of this claim. */
    final Map<String, BlockCase> logged = new TreeMap<>();

    final Map<String, PrivacyBudget> committed = new TreeMap<>();

    @Nullable
    Open open;

    @Nullable
    String waitingFor;

    int attempts;
    /** The claim's version has to change before its blocks do. */
    boolean fence;

    ClaimStatus.@Nullable Pod pod;
    boolean queued;
    /** Until when it is new. */
    long newUntil;
    /** As {@link SeenClaim#fault}. */
    @Nullable
    String fault;
    /** As {@link SeenClaim#mute}, or a block it is on is. */
    boolean mute;

    ClaimCase(SeenClaim seen) {
        this.id = seen.id();
        this.first = seen;
        this.version = seen.version();
        this.spec = seen.spec();
        this.fault = seen.fault();
        this.mute = seen.mute();
        this.stored = seen.status() == null ? ClaimStatus.NEW : seen.status();
        for (ClaimStatus.Response response : stored.responses()) {
            if (response.isPending()) break;
            responses.add(response);
        }
        committed.putAll(stored.committedBudgets());
        waitingFor = stored.waitingFor();
        attempts = stored.attempts() == null ? 0 : stored.attempts();
        pod = stored.pod();
    }

    String uid() {
        return first.uid();
    }

    String request(int index) {
        return id + "/" + index;
    }

    String podRequest() {
        return id + "/pod";
    }

    /** The stored answer that an allocation waits, if that is what the request of this number got. */
    ClaimStatus.@Nullable Allocated storedPending(int index) {
        if (stored.responses().size() <= index) return null;
        ClaimStatus.Response response = stored.responses().get(index);
        return response.isPending() ? response.allocateResponse() : null;
    }

    boolean isStoredFinal(int index) {
        return stored.responses().size() > index
                && !stored.responses().get(index).isPending();
    }

    /** Everything asked so far is answered, and every allocation granted. */
    boolean isGranted() {
        if (open != null
                || responses.isEmpty()
                || responses.size() < spec.requests().size()
                || holds.isEmpty()) return false;
        return responses.stream().allMatch(r -> r.allocateResponse() == null || r.isSuccess());
    }

    ClaimStatus render() {
        Map<String, PrivacyBudget> acquired = new TreeMap<>();
        holds.forEach((block, at) -> acquired.put(block, at.acquired(id).shown()));
        Map<String, PrivacyBudget> reserved = new TreeMap<>();
        List<ClaimStatus.Response> answers = new ArrayList<>(responses);
        Open waiting = open;
        if (waiting != null) {
            Map<String, BlockStatus.Change> budgets = new TreeMap<>();
            for (int i = 0; i < waiting.blocks.size(); i++) {
                String block = waiting.blocks.get(i).id;
                reserved.put(block, waiting.shown.get(i));
                budgets.put(block, new BlockStatus.Change(PrivacyBudget.NONE, waiting.shown.get(i)));
            }
            answers.add(new ClaimStatus.Response(
                    spec.requests().size() > waiting.index
                            ? spec.requests().get(waiting.index).identifier()
                            : null,
                    "pending",
                    null,
                    new ClaimStatus.Allocated(budgets, waiting.start, null),
                    null,
                    null));
        }
        return new ClaimStatus(
                acquired,
                reserved,
                new TreeMap<>(committed),
                answers,
                phase(),
                open == null ? null : waitingFor,
                attempts == 0 ? null : attempts,
                pod);
    }

    private @Nullable String phase() {
        if (open != null) return "Waiting";
        if (!holds.isEmpty()) return "Granted";
        if (responses.isEmpty()) return null;
        boolean allocated = responses.stream().anyMatch(r -> r.allocateResponse() != null && r.isSuccess());
        return allocated ? "Settled" : "Failed";
    }

    /** What is stored, with one attempt more: whoever still works on an older version of this claim cannot store it. */
    ClaimStatus renderFence() {
        return new ClaimStatus(
                stored.acquiredBudgets(),
                stored.reservedBudgets(),
                stored.committedBudgets(),
                stored.responses(),
                stored.phase(),
                stored.waitingFor(),
                attempts,
                stored.pod());
    }

    @Override
    public String toString() {
        return id;
    }
}
