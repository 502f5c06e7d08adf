package dev.croft.mobility.metrics;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** What is computed over the sections of one mode. */
public enum Metric {
    /** Number of sections. */
    COUNT,
    /** Sum of lengths, metres. */
    DISTANCE,
    /** Sum of durations, seconds. */
    DURATION,
    /** Median over sections of the median of each section's leg speeds, m/s: the meaning the metric has in UPC's fork. */
    MEDIAN_SPEED,
    /** Mean over sections of distance over duration, m/s: e-mission's own. Sections without duration do not count. */
    MEAN_SPEED;

    /** The name in requests and answers, such as {@code median_speed}. */
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The metric of that name.
     *
     * @throws MetricException if there is none
     */
    public static Metric ofCode(String code) {
        return Arrays.stream(values())
                .filter(metric -> metric.code().equals(code))
                .findFirst()
                .orElseThrow(() -> new MetricException("there is no such metric; use one of "
                        + Arrays.stream(values()).map(Metric::code).toList()));
    }

    /** The value over sections of one mode; empty where none of them has one. */
    OptionalDouble over(List<MetricSection> sections) {
        return switch (this) {
            case COUNT -> OptionalDouble.of(sections.size());
            case DISTANCE ->
                OptionalDouble.of(
                        sections.stream().mapToDouble(MetricSection::distance).sum());
            case DURATION ->
                OptionalDouble.of(
                        sections.stream().mapToDouble(MetricSection::duration).sum());
            case MEDIAN_SPEED ->
                median(sections.stream()
                        .map(section -> median(section.speeds()))
                        .filter(OptionalDouble::isPresent)
                        .mapToDouble(OptionalDouble::getAsDouble)
                        .toArray());
            case MEAN_SPEED ->
                sections.stream()
                        .filter(section -> section.duration() != 0)
                        .mapToDouble(section -> section.distance() / section.duration())
                        .average();
        };
    }

    private static OptionalDouble median(double[] values) {
        double[] sorted = Arrays.stream(values)
                .filter(value -> !Double.isNaN(value))
                .sorted()
                .toArray();
        if (sorted.length == 0) {
            return OptionalDouble.empty();
        }
        int middle = sorted.length / 2;
        return OptionalDouble.of(sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2);
    }
}
