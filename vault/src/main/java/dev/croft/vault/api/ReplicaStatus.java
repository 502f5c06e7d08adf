package dev.croft.vault.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a private cloud's capsules are besides its host.
 *
 * @param replicas the servers; {@code null} if there are none
 * @param capsules how far they are
 */
public record ReplicaStatus(@Nullable Replicas replicas, List<Capsule> capsules) {
    /**
     * One capsule.
     *
     * @param records how many it has
     * @param settled how many servers have all of them
     */
    public record Capsule(String name, long records, int settled) {}

    /** Takes its own copy. */
    public ReplicaStatus {
        capsules = List.copyOf(capsules);
    }
}
