package dev.croft.capsule.replication;

import dev.croft.capsule.Heartbeat;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Counts which servers have made what durable, for one writer's line of history. A server that took a fragment behind a hole
 * has what is in it, and not yet what comes before. Not thread-safe.
 */
public final class Acknowledgements {
    private final int needed;
    private final Map<Long, Set<Integer>> open = new TreeMap<>();
    private final Map<Long, Long> begins = new TreeMap<>();

    /** {@code needed} servers make a record durable. */
    public Acknowledgements(int needed) {
        this.needed = needed;
    }

    /** The writer signed a heartbeat over the records from {@code from} on. */
    public void signed(long from, Heartbeat head) {
        if (head.size() > from) {
            open.put(head.size(), new HashSet<>());
            begins.put(head.size(), from);
        }
    }

    /** A server has made the records from {@code from} up to {@code size} durable; all of this writer's line. */
    public void durable(int server, long from, long size) {
        open.forEach((end, servers) -> {
            if (end <= size && begins.getOrDefault(end, 0L) >= from) {
                servers.add(server);
            }
        });
        open.keySet().removeIf(end -> {
            boolean acknowledged = servers(end) >= needed;
            if (acknowledged) {
                begins.remove(end);
            }
            return acknowledged;
        });
    }

    /** Whether the records that end here are acknowledged. */
    public boolean acknowledged(long size) {
        return !open.containsKey(size);
    }

    /** How many servers have the records that end here; as many as needed once they are acknowledged. */
    public int servers(long size) {
        Set<Integer> servers = open.get(size);
        return servers == null ? needed : servers.size();
    }
}
