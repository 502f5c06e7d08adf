package dev.croft.router.registry;

import dev.croft.vault.api.Replicas;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A private cloud as the router knows it: whose it is and where it may run, nothing of what is in it.
 *
 * @param id 32 hexadecimal digits, derived from the owner's public key
 * @param home the router on whose machine it is
 * @param replicas the capsule servers that have it besides, as last told through a router; {@code null}: none
 */
public record PrivateCloud(
        String id,
        String accountId,
        String label,
        Hosting hosting,
        State state,
        Instant created,
        Instant lastUsed,
        String home,
        @Nullable Replicas replicas) {

    /** Which process it lives in. */
    public enum Hosting {
        /** The host process that many private clouds share. */
        SHARED,
        /** A host process of its own. */
        OWN_PROCESS
    }

    /** What the router last brought about. Whether an awake one is locked, only its permission manager knows. */
    public enum State {
        CREATING,
        AWAKE,
        HIBERNATED,
        DELETING
    }
}
