package dev.croft.router.registry;

import java.time.Instant;

/**
 * A private cloud as the router knows it: whose it is and where it may run, nothing of what is in it.
 *
 * @param id 32 hexadecimal digits, derived from the owner's public key
 */
public record PrivateCloud(
        String id, String accountId, String label, Hosting hosting, State state, Instant created, Instant lastUsed) {

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
