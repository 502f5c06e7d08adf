package dev.croft.runtime.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a pod's node keeps of its processors for it, in processors, and how much it may use at most.
 *
 * @param limit is never resized: one that a full node restores late would hold back what was let go on, and what is frozen uses nothing
 */
record CpuRequest(BigDecimal request, BigDecimal limit) {
    /** The least that the API knows. */
    private static final BigDecimal LEAST = new BigDecimal("0.001");

    /** Of a pod that states both. */
    static Optional<CpuRequest> of(Pod pod) {
        ResourceRequirements resources =
                pod.getSpec().getContainers().getFirst().getResources();
        return resources == null
                ? Optional.empty()
                : cpu(resources.getRequests())
                        .flatMap(request -> cpu(resources.getLimits()).map(limit -> new CpuRequest(request, limit)));
    }

    /** A container's limit, if it has one. */
    static Optional<BigDecimal> limit(Container container) {
        return container.getResources() == null
                ? Optional.empty()
                : cpu(container.getResources().getLimits());
    }

    private static Optional<BigDecimal> cpu(@Nullable Map<String, Quantity> amounts) {
        return Optional.ofNullable(amounts)
                .map(all -> all.get("cpu"))
                .map(Quantity::getAmountInBytes)
                .map(BigDecimal::stripTrailingZeros);
    }

    /**
     * What is kept for it while it is frozen; empty where it keeps what it has: it has no more than the least, or it is of a class that is
     * sure of all of its limit, also while it idles. Such a pod may be of the quality of service "Guaranteed", which a resize may not
     * change.
     */
    Optional<CpuRequest> frozen() {
        return request.compareTo(LEAST) > 0 && request.compareTo(limit) < 0
                ? Optional.of(new CpuRequest(LEAST, limit))
                : Optional.empty();
    }

    /** The strategic merge patch of a pod's subresource {@code resize} that asks for this request. */
    String patch() {
        return "{\"spec\":{\"containers\":[{\"name\":\"" + PodPlan.CONTAINER
                + "\",\"resources\":{\"requests\":{\"cpu\":\""
                + request.movePointRight(3).setScale(0, RoundingMode.CEILING).toPlainString() + "m\"}}}]}}";
    }
}
