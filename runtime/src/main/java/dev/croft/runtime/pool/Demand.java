package dev.croft.runtime.pool;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** How many workloads of a kind should wait, from how often that kind was wanted of late. Pure. */
public final class Demand {
    /** What was wanted longer ago than this counts no more. */
    public static final Duration WINDOW = Duration.ofMinutes(10);

    private Demand() {}

    /**
     * The number that should wait: enough for the largest burst of the last ten minutes that came within the time that making another
     * takes, and for two standard deviations above what comes on average in that time if launches come as a Poisson process; within
     * the bounds.
     *
     * @param wanted when launches of this kind were asked for, in any order
     * @param making how long it takes until another waits
     * @param least no fewer, even when none was wanted
     * @param most no more
     */
    public static int waiting(List<Instant> wanted, Instant now, Duration making, int least, int most) {
        List<Instant> recent = wanted.stream()
                .filter(at -> !at.isAfter(now) && at.isAfter(now.minus(WINDOW)))
                .sorted()
                .toList();
        double mean = recent.size() * Math.min(1, making.toNanos() / (double) WINDOW.toNanos());
        int steady = recent.isEmpty() ? 0 : (int) Math.ceil(mean + 2 * Math.sqrt(mean));
        int burst = 0;
        for (int first = 0, last = 0; last < recent.size(); last++) {
            while (recent.get(first).plus(making).isBefore(recent.get(last))) {
                first++;
            }
            burst = Math.max(burst, last - first + 1);
        }
        return Math.clamp(Math.max(steady, burst), least, Math.max(least, most));
    }
}
