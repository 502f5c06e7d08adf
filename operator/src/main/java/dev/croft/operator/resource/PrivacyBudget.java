package dev.croft.operator.resource;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An amount: (epsilon, delta), or a value for each Rényi order, or nothing ({@code {}}). */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PrivacyBudget(
        @Nullable EpsDel epsDel, @Nullable List<Order> renyi) {
    /** {@code {}}. */
    public static final PrivacyBudget NONE = new PrivacyBudget(null, null);

    public PrivacyBudget {
        renyi = renyi == null || renyi.isEmpty() ? null : List.copyOf(renyi);
    }

    /** Epsilon and delta. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record EpsDel(double epsilon, double delta) {}

    /** Epsilon at one order. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Order(double alpha, double epsilon) {}

    public static PrivacyBudget of(double epsilon, double delta) {
        return new PrivacyBudget(new EpsDel(epsilon, delta), null);
    }

    public static PrivacyBudget of(List<Order> curve) {
        return new PrivacyBudget(null, curve);
    }
}
