package dev.croft.mobility.metrics;

import dev.croft.mobility.entry.LocalMoment;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonString;

/** A person's metrics over time. Pure functions. */
public final class Metrics {
    /** Most empty buckets that a question in universal time may span. */
    private static final int MAX_BUCKETS = 100_000;

    private Metrics() {}

    /** By local date: the sections whose start passes the filter, in buckets by date; dates without any are left out. */
    public static List<Bucket> byLocalDate(
            List<MetricSection> sections, LocalDateFilter filter, LocalFrequency frequency, Metric metric) {
        TreeMap<Integer, List<MetricSection>> groups = new TreeMap<>();
        for (MetricSection section : sections) {
            var start = section.start();
            if (filter.matches(start)) {
                groups.computeIfAbsent(frequency.key(start), _ -> new ArrayList<>())
                        .add(section);
            }
        }
        List<Bucket> buckets = new ArrayList<>();
        groups.forEach((key, group) -> {
            // Who changes zones during a day was, at the beginning of that day, in the first section's.
            var zone = group.stream()
                    .min(Comparator.comparingDouble(MetricSection::startTs))
                    .orElseThrow()
                    .zone();
            buckets.add(new Bucket(
                    frequency.start(key, zone).toEpochSecond(),
                    frequency.components(key, zone),
                    frequency.formatted(key),
                    1,
                    byMode(group, metric)));
        });
        return buckets;
    }

    /**
     * By universal time: the sections that start in [from, to], in buckets from the first to the last that has any;
     * those between without are kept, empty.
     *
     * @throws MetricException if that would be more than a hundred thousand buckets
     */
    public static List<Bucket> byTime(
            List<MetricSection> sections, double from, double to, TimeFrequency frequency, Metric metric) {
        TreeMap<ZonedDateTime, List<MetricSection>> groups = new TreeMap<>();
        for (MetricSection section : sections) {
            if (section.startTs() >= from && section.startTs() <= to) {
                groups.computeIfAbsent(frequency.label(section.startTs()), _ -> new ArrayList<>())
                        .add(section);
            }
        }
        List<Bucket> buckets = new ArrayList<>();
        if (groups.isEmpty()) {
            return buckets;
        }
        for (ZonedDateTime label = groups.firstKey(); !label.isAfter(groups.lastKey()); label = frequency.next(label)) {
            if (buckets.size() == MAX_BUCKETS) {
                throw new MetricException("more than " + MAX_BUCKETS + " buckets");
            }
            List<MetricSection> group = groups.getOrDefault(label, List.of());
            var moment = new LocalMoment(label);
            BsonDocument local = moment.components();
            local.put("timezone", new BsonString("UTC"));
            buckets.add(new Bucket(
                    label.withZoneSameInstant(ZoneOffset.UTC).toEpochSecond(),
                    local,
                    moment.formatted(),
                    group.isEmpty() ? 0 : 1,
                    byMode(group, metric)));
        }
        return buckets;
    }

    /** The answer {@code {aggregate_metrics: [], user_metrics: [[bucket, ...] per metric]}} for one person. */
    public static BsonDocument answer(List<List<Bucket>> perMetric) {
        BsonArray user = new BsonArray();
        for (List<Bucket> buckets : perMetric) {
            user.add(new BsonArray(buckets.stream().map(Bucket::document).toList()));
        }
        return new BsonDocument("aggregate_metrics", new BsonArray()).append("user_metrics", user);
    }

    private static Map<String, Double> byMode(List<MetricSection> sections, Metric metric) {
        TreeMap<String, List<MetricSection>> modes = new TreeMap<>();
        for (MetricSection section : sections) {
            modes.computeIfAbsent(section.mode(), _ -> new ArrayList<>()).add(section);
        }
        TreeMap<String, Double> values = new TreeMap<>();
        modes.forEach((mode, group) -> {
            OptionalDouble value = metric.over(group);
            if (value.isPresent()) {
                values.put(mode, value.getAsDouble());
            }
        });
        return values;
    }
}
