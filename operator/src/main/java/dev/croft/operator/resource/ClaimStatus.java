package dev.croft.operator.resource;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What became of a claim. The first four fields are the reference's; maps go from block ({@code namespace/name}).
 *
 * @param responses one for each request, in the same order
 * @param phase ours: Waiting, Granted, Settled or Failed
 * @param waitingFor ours: the first block that lacked budget when the claim arrived
 * @param attempts ours: how often an operator took over an allocation that another left half done
 * @param pod ours: the pod that was started
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ClaimStatus(
        Map<String, PrivacyBudget> acquiredBudgets,
        Map<String, PrivacyBudget> reservedBudgets,
        Map<String, PrivacyBudget> committedBudgets,
        List<Response> responses,
        @Nullable String phase,
        @Nullable String waitingFor,
        @Nullable Integer attempts,
        @Nullable Pod pod) {
    /** Of a claim that nobody has looked at. */
    public static final ClaimStatus NEW =
            new ClaimStatus(Map.of(), Map.of(), Map.of(), List.of(), null, null, null, null);

    public ClaimStatus {
        acquiredBudgets = BlockStatus.orEmpty(acquiredBudgets);
        reservedBudgets = BlockStatus.orEmpty(reservedBudgets);
        committedBudgets = BlockStatus.orEmpty(committedBudgets);
        responses = responses == null ? List.of() : List.copyOf(responses);
    }

    /** {@code state} is success, failure or pending; failure says why in {@code error}. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Response(
            @Nullable String identifier,
            String state,
            @Nullable String error,
            @Nullable Allocated allocateResponse,
            @Nullable Map<String, Part> consumeResponse,
            @Nullable Map<String, Part> releaseResponse) {
        public boolean isPending() {
            return state.equals("pending");
        }

        public boolean isSuccess() {
            return state.equals("success");
        }
    }

    /** Times are in milliseconds since the epoch. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Allocated(
            Map<String, BlockStatus.Change> budgets,
            @Nullable Long startTime,
            @Nullable Long finishTime) {
        public Allocated {
            budgets = BlockStatus.orEmpty(budgets);
        }
    }

    /** What was consumed or released on one block, or why not. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Part(PrivacyBudget budget, String error) {}

    /** {@code state} is Created, Succeeded, Failed, or Refused and then {@code message} says by what. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Pod(String name, String state, @Nullable String message) {
        public Pod(String name, String state) {
            this(name, state, null);
        }
    }
}
