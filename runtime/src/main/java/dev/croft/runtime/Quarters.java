package dev.croft.runtime;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What an installation has decided of where and in what its workloads run.
 *
 * @param services holds for services
 * @param hosts holds for Croft's own parts, which listen: hosts of private clouds
 * @param classes how much the workloads of each resource class are sure of; {@code service} and {@code host} are those of workloads that
 *     name none
 * @param runtimes on Docker: the runtime classes there are, and the engine's runtime for each; empty: the engine's own names are the classes
 */
public record Quarters(Placing services, Placing hosts, Map<String, Overcommit> classes, Map<String, String> runtimes) {
    /** No wishes, and {@link Overcommit#USUAL} for all. */
    public static final Quarters ANYHOW = new Quarters(Placing.ANYHOW, Placing.ANYHOW, Map.of(), Map.of());

    private static final String SERVICE = "service";
    private static final String HOST = "host";

    public Quarters {
        Map<String, Overcommit> all = new TreeMap<>(classes);
        all.putIfAbsent(SERVICE, Overcommit.USUAL);
        all.putIfAbsent(HOST, Overcommit.USUAL);
        classes = Map.copyOf(all);
        runtimes = Map.copyOf(runtimes);
        // Both are names of the same kind.
        runtimes.forEach(
                (name, handler) -> Placing.ANYHOW.withRuntimeClass(name).withRuntimeClass(handler));
    }

    /**
     * Refuses a naming of runtime classes, for a backend that has none of an engine's.
     *
     * @param what runs there, such as {@code processes}
     * @throws WorkloadException.InvalidSpec if there is one
     */
    public void refuseRuntimes(String what) {
        if (!runtimes.isEmpty()) {
            throw new WorkloadException.InvalidSpec(what + " are not run by a Docker engine's runtimes");
        }
    }

    /**
     * The wishes of a workload and of its installation together.
     *
     * @throws WorkloadException.InvalidSpec if they contradict each other
     */
    public Placing wishes(WorkloadSpec spec) {
        return spec.placing().within(spec.network() instanceof Network.Listening ? hosts : services);
    }

    /**
     * What holds for a workload, its resource class always among it.
     *
     * @throws WorkloadException.InvalidSpec if it asks for what this installation does not have
     */
    public Placing of(WorkloadSpec spec) {
        boolean listens = spec.network() instanceof Network.Listening;
        Placing placing = wishes(spec);
        Placing named = placing.resourceClass() == null ? placing.withResourceClass(listens ? HOST : SERVICE) : placing;
        if (!classes.containsKey(named.resourceClass())) {
            throw new WorkloadException.InvalidSpec("no resource class " + named.resourceClass() + " here, but "
                    + String.join(", ", new TreeMap<>(classes).keySet()));
        }
        return named;
    }

    /** How much a workload of this class is sure of. */
    public Overcommit overcommit(Placing placing) {
        return Objects.requireNonNull(classes.get(placing.resourceClass()));
    }
}
