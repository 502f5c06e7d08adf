package dev.croft.operator.decide;

import dev.croft.operator.resource.ClaimSpec;
import dev.croft.operator.resource.ClaimStatus;
import org.jspecify.annotations.Nullable;

/** A claim as the API server showed it; components as in {@link SeenBlock}. */
public record SeenClaim(
        String namespace,
        String name,
        String uid,
        String version,
        long created,
        ClaimSpec spec,
        @Nullable ClaimStatus status,
        @Nullable String fault,
        boolean mute) {
    public SeenClaim(
            String namespace,
            String name,
            String uid,
            String version,
            long created,
            ClaimSpec spec,
            @Nullable ClaimStatus status) {
        this(namespace, name, uid, version, created, spec, status, null, false);
    }

    /** The same, to be left as it is. */
    public SeenClaim muted() {
        return new SeenClaim(namespace, name, uid, version, created, spec, status, fault, true);
    }

    public String id() {
        return namespace + "/" + name;
    }
}
