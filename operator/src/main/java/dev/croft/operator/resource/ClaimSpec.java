package dev.croft.operator.resource;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A privacy budget claim as its owner writes it.
 *
 * @param requests worked off one after the other; more may be appended, what is answered is not looked at again
 * @param priority 0 ordinarily; p above 0 counts as if 1 + p times less were asked, below 0 as if 1 - p times more
 * @param pod ours: a pod to start when everything is allocated
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ClaimSpec(
        List<Request> requests,
        @Nullable Integer priority,
        @Nullable PodRequest pod) {
    public ClaimSpec {
        requests = requests == null ? List.of() : List.copyOf(requests);
    }

    /** Exactly one of the three. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Request(
            @Nullable String identifier,
            @Nullable Allocate allocateRequest,
            @Nullable Consume consumeRequest,
            @Nullable Release releaseRequest) {}

    /**
     * All or nothing on every selected block.
     *
     * @param minNumberOfBlocks least number of blocks that must match; -1 and null are 1
     * @param maxNumberOfBlocks most blocks to take, 0 for all
     * @param timeout how long to wait, ms; 0 as the operator is set, below 0 for ever
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Allocate(
            @Nullable String dataset,
            List<Condition> conditions,
            int minNumberOfBlocks,
            int maxNumberOfBlocks,
            @Nullable Demand expectedBudget,
            @Nullable String policy,
            long timeout) {
        public Allocate {
            conditions = conditions == null ? List.of() : List.copyOf(conditions);
        }
    }

    /** What must hold of a label of the block. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Condition(
            String attribute,
            String operation,
            @Nullable String numericValue,
            @Nullable String stringValue) {}

    /** The same of each block, or an amount for each; {@code function} is refused. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Demand(
            @Nullable PrivacyBudget constant,
            @Nullable String function,
            @Nullable Map<String, PrivacyBudget> budgetMap) {}

    /** Budget spent for ever, by block. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Consume(@Nullable String policy, @Nullable Map<String, PrivacyBudget> consume) {}

    /** Budget given back, by block; without blocks, all of it. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Release(@Nullable String policy, @Nullable Map<String, PrivacyBudget> release) {}

    /**
     * A pod that needs the budget.
     *
     * @param template metadata and spec, as in a Job
     * @param onSuccess what becomes of what is left when it succeeded: {@code consume} (also when null), {@code release}, {@code keep},
     *     or {@code report}: what the pod's termination message says is consumed, the rest released
     * @param onFailure the same when it failed
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record PodRequest(
            JsonNode template,
            @Nullable String onSuccess,
            @Nullable String onFailure) {}
}
