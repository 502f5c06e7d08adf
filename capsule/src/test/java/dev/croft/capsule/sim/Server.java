package dev.croft.capsule.sim;

import dev.croft.capsule.replication.Replica;
import org.jspecify.annotations.Nullable;

/** A server: its disk stays when it crashes, the replica does not. */
final class Server {
    final SimStore disk;

    @Nullable
    Replica replica;

    Server(SimStore disk, Replica replica) {
        this.disk = disk;
        this.replica = replica;
    }
}
