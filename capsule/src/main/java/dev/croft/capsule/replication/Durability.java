package dev.croft.capsule.replication;

/** On how many of a capsule's servers a record must be durable before its append returns. */
public enum Durability {
    /** On one: any server that is up is enough, and a reader of few servers may not see it at once. */
    ONE,
    /** On more than half: read from more than half and you see it. */
    QUORUM,
    /** On all. */
    ALL;

    /** How many of {@code servers} that is. */
    public int of(int servers) {
        if (servers < 1) {
            throw new IllegalArgumentException("a capsule has at least one server");
        }
        return switch (this) {
            case ONE -> 1;
            case QUORUM -> servers / 2 + 1;
            case ALL -> servers;
        };
    }
}
