package dev.croft.vault.api;

/** What a private cloud is doing in its host. */
public enum CloudState {
    /** The host has no key for it; only the owner's key can open it. */
    LOCKED,
    /** The host has its key and nothing else of it in memory; the next request wakes it. */
    ASLEEP,
    /** Its capsules and its view are open. */
    AWAKE
}
