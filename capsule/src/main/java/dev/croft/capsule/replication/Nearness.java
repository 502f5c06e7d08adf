package dev.croft.capsule.replication;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How near servers are, by how long their answers took: a moving average in which a new answer counts a quarter (as TCP's smoothed round-trip time, RFC 6298,
 * with a larger share). One that failed counts as far away until it answers again. At most {@value #MOST} servers are remembered, those heard of last.
 * Thread-safe.
 *
 * @param <K> what tells servers apart
 */
public final class Nearness<K> {
    static final int MOST = 1024;
    private static final double SHARE = 0.25;
    private static final double FAILED_NANOS = 10e9;

    private final Map<K, Double> nanos = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, Double> eldest) {
            return size() > MOST;
        }
    };

    /** A server answered after this many nanoseconds. */
    public synchronized void answered(K server, long after) {
        Double before = nanos.get(server);
        double now = before == null || before >= FAILED_NANOS ? after : before + SHARE * (after - before);
        nanos.put(server, now);
    }

    /** A server did not answer, or not usably. */
    public synchronized void failed(K server) {
        nanos.put(server, FAILED_NANOS);
    }

    /** Whether the last that was heard of this server is that it failed. */
    public synchronized boolean hasFailed(K server) {
        return nanos.getOrDefault(server, 0.0) >= FAILED_NANOS;
    }

    /** The nearest first; those never asked before all others, so that they are; of equals the order stays. */
    public synchronized List<K> nearestFirst(List<K> servers) {
        Map<K, Double> now = Map.copyOf(nanos);
        return servers.stream()
                .sorted(Comparator.comparingDouble(server -> now.getOrDefault(server, 0.0)))
                .toList();
    }
}
