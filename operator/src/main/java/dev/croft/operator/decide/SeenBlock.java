package dev.croft.operator.decide;

import dev.croft.operator.resource.BlockSpec;
import dev.croft.operator.resource.BlockStatus;
import org.jspecify.annotations.Nullable;

/**
 * A block as the API server showed it.
 *
 * @param version its resource version
 * @param created milliseconds since the epoch
 * @param deleting somebody asked to delete it
 * @param guarded it carries the operator's finalizer
 */
public record SeenBlock(
        String namespace,
        String name,
        String uid,
        String version,
        long created,
        boolean deleting,
        boolean guarded,
        BlockSpec spec,
        @Nullable BlockStatus status) {
    public String id() {
        return namespace + "/" + name;
    }
}
