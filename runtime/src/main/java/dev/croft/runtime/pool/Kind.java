package dev.croft.runtime.pool;

import dev.croft.runtime.HealthCheck;
import dev.croft.runtime.Limits;
import dev.croft.runtime.Network;
import dev.croft.runtime.Placing;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What may wait for a launch.
 *
 * @param key equal for launches of which either may have what waits for the other
 * @param name in metrics: letters, digits and hyphens
 * @param waiting makes a description of one that waits: without a door, with the mounts that all of this kind have; its name does not count
 * @param told the variables that a launch's claim says
 */
public record Kind(
        Object key, String name, Supplier<WorkloadSpec> waiting, Function<WorkloadSpec, Map<String, String>> told) {

    /** The kind of a launch; none where nothing may wait for it. */
    @FunctionalInterface
    public interface Source {
        Optional<Kind> of(WorkloadSpec launch);

        /** This one, or where it knows none, another. */
        default Source or(Source other) {
            return launch -> of(launch).or(() -> other.of(launch));
        }
    }

    private record Same(Object program, Limits limits, Placing placing) {}

    /**
     * Services: what waits is the very program with the very command and limits.
     *
     * @param waits which are of programs that know how to wait
     */
    public static Source services(Predicate<WorkloadSpec> waits) {
        return launch -> {
            if (launch.network() != Network.NONE
                    || !launch.mounts().isEmpty()
                    || launch.door().isEmpty()
                    || launch.health() instanceof HealthCheck.LogLine
                    || !waits.test(launch)) {
                return Optional.empty();
            }
            Limits limits = launch.limits().withWallClock(Limits.FOREVER);
            return Optional.of(new Kind(
                    new Same(launch.program(), limits, launch.placing()),
                    "service",
                    () -> WorkloadSpec.of(WorkloadId.random("warm"), launch.program())
                            .withLimits(limits)
                            .withPlacing(launch.placing()),
                    WorkloadSpec::environment));
        };
    }
}
