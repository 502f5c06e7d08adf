package dev.croft.vault.api;

import dev.croft.capsule.replication.Durability;
import dev.croft.capsule.server.ServerAddress;
import java.util.HashSet;
import java.util.List;

/**
 * The capsule servers that hold a private cloud's capsules besides its host. What they hold is sealed and signed, so they can neither read
 * nor change it; they can hide what they hold, so a host asks as many as must include one that has the newest.
 *
 * @param servers {@code KEY@HOST:PORT}, each with another key
 * @param durability on how many of them a record must be before it is acknowledged
 */
public record Replicas(List<String> servers, Durability durability) {
    /** How many there may be. */
    public static final int MOST_SERVERS = 9;

    /** @throws IllegalArgumentException when they are none, too many, malformed, or the same twice */
    public Replicas {
        servers = List.copyOf(servers);
        if (servers.isEmpty() || servers.size() > MOST_SERVERS) {
            throw new IllegalArgumentException("there are 1 to " + MOST_SERVERS + " replicas");
        }
        var keys = new HashSet<Object>();
        for (String server : servers) {
            if (!keys.add(ServerAddress.parse(server).key())) {
                throw new IllegalArgumentException("a replica is named twice");
            }
        }
    }

    /** Where they are. */
    public List<ServerAddress> addresses() {
        return servers.stream().map(ServerAddress::parse).toList();
    }

    /** How many of them must say what they have, so that one of them has every acknowledged record. */
    public int readers() {
        return servers.size() - durability.of(servers.size()) + 1;
    }
}
