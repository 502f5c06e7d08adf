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
 */
public record Quarters(Placing services, Placing hosts, Map<String, Overcommit> classes) {
    /** No wishes, and {@link Overcommit#USUAL} for all. */
    public static final Quarters ANYHOW = new Quarters(Placing.ANYHOW, Placing.ANYHOW, Map.of());

    private static final String SERVICE = "service";
    private static final String HOST = "host";

    public Quarters {
        Map<String, Overcommit> all = new TreeMap<>(classes);
        all.putIfAbsent(SERVICE, Overcommit.USUAL);
        all.putIfAbsent(HOST, Overcommit.USUAL);
        classes = Map.copyOf(all);
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
