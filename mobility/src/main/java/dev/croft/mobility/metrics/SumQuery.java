package dev.croft.mobility.metrics;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One person's share of a sum across people: for every mode asked for, a whole number of units from 0 to the bound.
 *
 * <p>The bound is stated in the question and not taken from data, so that the sum's sensitivity is known whatever a
 * person did: adding, removing or changing one person changes each mode's sum by at most {@link #bound} units, and the
 * vector of all modes by at most {@link #sensitivity} in the L1 norm. Whole units let the query add discrete noise.
 *
 * @param metric COUNT, DISTANCE or DURATION; speeds are no sums
 * @param modes names of sensed modes; each is paid for, whether it occurs or not
 * @param from earliest start of a section, epoch seconds, inclusive
 * @param to latest start, exclusive
 * @param unit size of a unit: 1 for a count, metres or seconds otherwise; finite and above 0
 * @param bound most units that one person adds to one mode
 */
public record SumQuery(Metric metric, Set<String> modes, double from, double to, double unit, long bound) {
    /** Largest bound: keeps sums over a billion people within 64 bits. */
    public static final long MAX_BOUND = 1L << 32;

    /** Most modes of one question. */
    public static final int MAX_MODES = 32;

    /** @throws MetricException if a part is out of its range */
    public SumQuery {
        modes = Collections.unmodifiableSet(new TreeSet<>(modes));
        if (metric == Metric.MEDIAN_SPEED || metric == Metric.MEAN_SPEED) {
            throw new MetricException("a speed is not a sum; ask for distance and duration");
        }
        if (modes.isEmpty() || modes.size() > MAX_MODES) {
            throw new MetricException("name from 1 to " + MAX_MODES + " modes");
        }
        if (!(from < to)) {
            throw new MetricException("the interval must end after it starts");
        }
        if (!(unit > 0) || !Double.isFinite(unit)) {
            throw new MetricException("the unit must be finite and above 0");
        }
        if (bound < 1 || bound > MAX_BOUND) {
            throw new MetricException("the bound must be from 1 to " + MAX_BOUND + " units");
        }
    }

    /** How much one person can change the vector of sums, L1 norm, in units. */
    public long sensitivity() {
        return bound * modes.size();
    }

    /** The person's clipped values in units, one for every mode asked for. */
    public Map<String, Long> contribution(List<MetricSection> sections) {
        Map<String, Double> sums = new TreeMap<>();
        modes.forEach(mode -> sums.put(mode, 0.0));
        for (MetricSection section : sections) {
            if (section.startTs() >= from && section.startTs() < to) {
                double value = switch (metric) {
                    case COUNT -> 1;
                    case DISTANCE -> section.distance();
                    default -> section.duration();
                };
                sums.computeIfPresent(section.mode(), (_, sum) -> sum + value);
            }
        }
        Map<String, Long> clipped = new TreeMap<>();
        sums.forEach((mode, sum) -> clipped.put(mode, clip(sum)));
        return clipped;
    }

    private long clip(double sum) {
        // Math.round makes NaN 0 and saturates, so no document can push a share out of its range.
        return Math.max(0, Math.min(bound, Math.round(sum / unit)));
    }
}
