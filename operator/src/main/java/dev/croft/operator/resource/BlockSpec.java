package dev.croft.operator.resource;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A private data block as its creator describes it.
 *
 * @param initialBudget its total budget; what is said here when the operator first sees the block counts for ever
 * @param dimensions labels that claims select by
 * @param releaseMode {@code flow} unlocks with time, {@code base} at once, null as the operator is set
 * @param budgetReturnPolicy {@code toAvailable}, or else what is released is locked again
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record BlockSpec(
        @Nullable PrivacyBudget initialBudget,
        List<Dimension> dimensions,
        @Nullable String dataset,
        @Nullable String dataSource,
        @Nullable String releaseMode,
        @Nullable String budgetReturnPolicy,
        @Nullable Flow flowReleasingOption) {
    public BlockSpec {
        dimensions = dimensions == null ? List.of() : List.copyOf(dimensions);
    }

    /** A label with a number, in decimal, or a text. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Dimension(
            String attribute,
            @Nullable String numericValue,
            @Nullable String stringValue) {}

    /** When a {@code flow} block unlocks, in milliseconds; {@code duration} goes before {@code endTime}, start 0 is now. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Flow(long startTime, long endTime, long duration) {}
}
