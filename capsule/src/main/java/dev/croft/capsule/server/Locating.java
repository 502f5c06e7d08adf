package dev.croft.capsule.server;

import dev.croft.capsule.crypto.VerifyingKey;
import java.util.List;

/** Says where a capsule is served. Implementations are thread-safe. */
@FunctionalInterface
public interface Locating {
    /**
     * Servers that hold the capsule now.
     *
     * @param except those that were tried and did not answer: others are wanted, wherever they are
     * @throws dev.croft.capsule.replication.ReplicationException.Unreachable when nobody can be asked
     */
    List<ServerAddress> find(List<VerifyingKey> except);

    /** Always the same servers. */
    static Locating at(List<ServerAddress> servers) {
        List<ServerAddress> fixed = List.copyOf(servers);
        return except -> fixed;
    }
}
