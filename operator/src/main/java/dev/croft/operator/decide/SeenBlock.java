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
 * @param fault why its description cannot be read, with the field; then the description is empty
 * @param mute its status cannot be read, or the API server refuses to store one; it stays as it is
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
        @Nullable BlockStatus status,
        @Nullable String fault,
        boolean mute) {
    public SeenBlock(
            String namespace,
            String name,
            String uid,
            String version,
            long created,
            boolean deleting,
            boolean guarded,
            BlockSpec spec,
            @Nullable BlockStatus status) {
        this(namespace, name, uid, version, created, deleting, guarded, spec, status, null, false);
    }

    /** The same, to be left as it is. */
    public SeenBlock muted() {
        return new SeenBlock(namespace, name, uid, version, created, deleting, guarded, spec, status, fault, true);
    }

    public String id() {
        return namespace + "/" + name;
    }
}
