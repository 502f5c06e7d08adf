package dev.croft.operator.resource;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A block's account. The first seven fields are the reference's; maps go from claim ({@code namespace/name}) to amount.
 * total = pending + available + all acquired + all committed, at every order.
 *
 * @param pendingBudget locked
 * @param availableBudget unlocked and not given away; may be below zero at some Rényi orders
 * @param acquiredBudgetMap allocated and not consumed
 * @param reservedBudgetMap what waiting claims ask; not deducted
 * @param committedBudgetMap consumed
 * @param lockedBudgetMap from request ({@code namespace/name/index}) to what it did here, until some time after its answer
 *     is stored with the claim
 * @param lastBudgetReleaseTime ms, of blocks that unlock with time
 * @param totalBudget ours: the total, fixed when the block was first seen
 * @param holders ours: from claim to the uid of the resource that holds or reserves something
 * @param summary ours: for {@code kubectl get}
 * @param message ours: why the block cannot be used, if it cannot
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record BlockStatus(
        @Nullable PrivacyBudget pendingBudget,
        @Nullable PrivacyBudget availableBudget,
        Map<String, PrivacyBudget> acquiredBudgetMap,
        Map<String, PrivacyBudget> reservedBudgetMap,
        Map<String, PrivacyBudget> committedBudgetMap,
        Map<String, Locked> lockedBudgetMap,
        @Nullable Long lastBudgetReleaseTime,
        @Nullable PrivacyBudget totalBudget,
        Map<String, String> holders,
        @Nullable Summary summary,
        @Nullable String message) {
    public BlockStatus {
        acquiredBudgetMap = orEmpty(acquiredBudgetMap);
        reservedBudgetMap = orEmpty(reservedBudgetMap);
        committedBudgetMap = orEmpty(committedBudgetMap);
        lockedBudgetMap = orEmpty(lockedBudgetMap);
        holders = orEmpty(holders);
    }

    /** Of a block that cannot be used, and has no account. */
    public static BlockStatus unusable(String message) {
        return new BlockStatus(null, null, Map.of(), Map.of(), Map.of(), Map.of(), null, null, Map.of(), null, message);
    }

    /**
     * What one request did to the block.
     *
     * @param attempt ours: the claim's number of attempts when it did so, null for 0
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Locked(
            Change budget, String state, @Nullable Integer attempt) {}

    /** By how much a claim's acquired and reserved budget changed. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Change(PrivacyBudget acquired, PrivacyBudget reserved) {}

    /** Epsilon (and delta, or the Rényi order shown) in words. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Summary(
            String total, String pending, String available, String acquired, String committed, int waiting) {}

    static <V> Map<String, V> orEmpty(@Nullable Map<String, V> map) {
        return map == null ? Map.of() : map;
    }
}
