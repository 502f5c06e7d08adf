package dev.croft.vault.store;

/** The capsules of a private cloud, each with its own writer key. */
public enum OwnerCapsule {
    /** Documents. */
    DATA("data"),
    /** Grants and their revocations. */
    GRANTS("grants"),
    /** The budget's ledger. */
    BUDGET("budget"),
    /** Who did what. */
    AUDIT("audit");

    private final String id;

    OwnerCapsule(String id) {
        this.id = id;
    }

    /** The name of its directory, and of its writer key in {@link dev.croft.vault.api.OwnerKey#writerKey}. */
    public String id() {
        return id;
    }

    String kind() {
        return "croft/" + id;
    }
}
