package dev.croft.budget.claims;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.scheduling.Claim;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the book knows of a claim. Most claims consume once or never, so what is about consumption is made when needed. */
final class ClaimEntry {
    final ClaimRequest request;
    final Claim claim;
    final Block[] blocks;
    ClaimState state = ClaimState.WAITING;
    Instant deadline;
    private double @Nullable [] @Nullable [] consumed;
    private Map<String, Map<String, Cost>> consumptions = Map.of();

    ClaimEntry(ClaimRequest request, Claim claim, Block[] blocks, Instant deadline) {
        this.request = request;
        this.claim = claim;
        this.blocks = blocks;
        this.deadline = deadline;
    }

    int place(String blockId) {
        for (int i = 0; i < blocks.length; i++) if (blocks[i].spec.id().equals(blockId)) return i;
        throw new InvalidInputException("consume." + blockId, Problem.UNKNOWN, "the claim is not on this block");
    }

    boolean hasSpent(int place) {
        return consumed != null && consumed[place] != null;
    }

    /** What was consumed on one of its blocks, to be added to. */
    double[] spent(int place) {
        if (consumed == null) consumed = new double[blocks.length][];
        double[] spent = consumed[place];
        if (spent == null) {
            spent = new double[claim.demand(place).length];
            consumed[place] = spent;
        }
        return spent;
    }

    /** What was consumed under a key. */
    @Nullable
    Map<String, Cost> consumption(String key) {
        return consumptions.get(key);
    }

    void remember(String key, Map<String, Cost> costs) {
        if (consumptions.isEmpty()) {
            consumptions = Map.of(key, Map.copyOf(costs));
            return;
        }
        if (consumptions.size() == 1) consumptions = new HashMap<>(consumptions);
        consumptions.put(key, Map.copyOf(costs));
    }
}
