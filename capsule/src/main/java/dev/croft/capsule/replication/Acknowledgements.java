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
    private final TreeMap<Long, Open> open = new TreeMap<>();

    /** Records up to the key, from {@code from} on, that are not on enough servers yet. */
    private record Open(long from, Set<Integer> servers) {}

    /** {@code needed} servers make a record durable. */
    public Acknowledgements(int needed) {
        this.needed = needed;
    }

    /** How many servers make a record durable. */
    public int needed() {
        return needed;
    }

    /** The writer signed a heartbeat over the records from {@code from} on. */
    public void signed(long from, Heartbeat head) {
        if (head.size() > from) {
            open.put(head.size(), new Open(from, new HashSet<>()));
        }
    }

    /** A server has made the records from {@code from} up to {@code size} durable; all of this writer's line. */
    public void durable(int server, long from, long size) {
        for (Open run : open.headMap(size, true).values()) {
            if (run.from() >= from) {
                run.servers().add(server);
            }
        }
        open.values().removeIf(run -> run.servers().size() >= needed);
    }

    /** Whether this record, which a signed heartbeat covers, is on enough servers. */
    public boolean isAcknowledged(long sequence) {
        Map.Entry<Long, Open> run = open.higherEntry(sequence);
        return run == null || run.getValue().from() > sequence;
    }

    /** How many servers have this record; as many as needed once it is acknowledged. */
    public int servers(long sequence) {
        Map.Entry<Long, Open> run = open.higherEntry(sequence);
        return run == null || run.getValue().from() > sequence
                ? needed
                : run.getValue().servers().size();
    }
}
