package dev.croft.vault.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a private cloud's capsules are besides its host.
 *
 * @param replicas the servers; {@code null} if there are none
 * @param capsules how far they are
 * @param unconfirmed whether it is not known that this copy is the newest, so that nothing is spent and nobody but the owner is served
 */
public record ReplicaStatus(@Nullable Replicas replicas, List<Capsule> capsules, boolean unconfirmed) {
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
