package dev.croft.capsule.replication;

import dev.croft.capsule.Heartbeat;

/** Looks into pieces, whose heartbeats are too many to keep in memory. */
public interface Holdings {
    /** Whether this heartbeat ends one of the piece's runs; a piece does not hold its own base. */
    boolean holds(int piece, Point heartbeat);

    /** The heartbeat in a piece that follows one inside of it, or its base. */
    Heartbeat after(int piece, Point heartbeat);
}
