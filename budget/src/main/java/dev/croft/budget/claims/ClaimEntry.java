package dev.croft.budget.claims;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.scheduling.BlockAccount;
import dev.croft.budget.scheduling.Claim;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
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

    void require(ClaimState.Event event) {
        if (state.after(event).isEmpty())
            throw new InvalidInputException("claim.state", Problem.OUT_OF_RANGE, state + " does not allow " + event);
    }

    /** Whether one of its blocks has less left in all than is asked. */
    boolean neverFits(BlockAccount.Rule rule) {
        for (int b = 0; b < blocks.length; b++) {
            double[] demand = claim.demand(b);
            int fitting = 0;
            for (int i = 0; i < demand.length; i++)
                if (demand[i] <= blocks[b].total[i] - blocks[b].consumed[i]) fitting++;
            if (rule == BlockAccount.Rule.ALL ? fitting < demand.length : fitting == 0) return true;
        }
        return false;
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

    /** What it was allocated on one of its blocks and has not consumed, as a copy. */
    double[] left(int place) {
        double[] left = claim.demand(place).clone();
        if (hasSpent(place)) Steps.add(left, spent(place), -1);
        return left;
    }

    /** @param lacking place of the first block that lacks budget for it, or below 0 */
    ClaimView view(Composition composition, int lacking) {
        var allocated = new LinkedHashMap<String, Cost>();
        var spent = new LinkedHashMap<String, Cost>();
        for (int i = 0; i < blocks.length; i++) {
            if (state == ClaimState.ALLOCATED) allocated.put(blocks[i].spec.id(), composition.cost(left(i)));
            if (hasSpent(i)) spent.put(blocks[i].spec.id(), composition.cost(spent(i)));
        }
        return new ClaimView(request.id(), state, allocated, spent, lacking < 0 ? "" : blocks[lacking].spec.id());
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
