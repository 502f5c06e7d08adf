package dev.croft.mobility.metrics;

import dev.croft.mobility.entry.LocalMoment;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.bson.BsonDocument;
import org.bson.BsonNumber;
import org.bson.BsonValue;

/**
 * A range of local dates that compares each component by itself, as e-mission does: from 2015-08-20 to 2016-09-10 takes
 * the years 2015 to 2016, of them the months August and September, of them the days that are neither above 10 nor below
 * 20 - a start above its end rolls over. Components that only one side gives do not count.
 *
 * @param ranges the components compared, with inclusive bounds
 */
public record LocalDateFilter(Map<Component, Range> ranges) {
    /** A filter that lets every date pass. */
    public static final LocalDateFilter ALL = new LocalDateFilter(Map.of());

    /** The components of a local date. */
    public enum Component {
        YEAR,
        MONTH,
        DAY,
        HOUR,
        MINUTE,
        SECOND,
        WEEKDAY;

        int of(LocalMoment moment) {
            var at = moment.moment();
            return switch (this) {
                case YEAR -> at.getYear();
                case MONTH -> at.getMonthValue();
                case DAY -> at.getDayOfMonth();
                case HOUR -> at.getHour();
                case MINUTE -> at.getMinute();
                case SECOND -> at.getSecond();
                case WEEKDAY -> at.getDayOfWeek().getValue() - 1;
            };
        }
    }

    /**
     * Bounds of one component.
     *
     * @param from lowest value, inclusive; above {@code to} the range rolls over
     * @param to highest value, inclusive
     */
    public record Range(int from, int to) {
        boolean contains(int value) {
            return from <= to ? value >= from && value <= to : value >= from || value <= to;
        }
    }

    public LocalDateFilter {
        ranges = Map.copyOf(ranges);
    }

    /**
     * From two documents of components, such as {@code {year: 2016, month: 6}}; components without a number are left out.
     *
     * @throws MetricException if the two do not name the same components
     */
    public static LocalDateFilter between(BsonDocument from, BsonDocument to) {
        if (!from.keySet().equals(to.keySet())) {
            throw new MetricException("the start and the end of a local date range must name the same components");
        }
        Map<Component, Range> ranges = new EnumMap<>(Component.class);
        for (Component component : Component.values()) {
            String name = component.name().toLowerCase(Locale.ROOT);
            BsonValue start = from.get(name);
            BsonValue end = to.get(name);
            if (start instanceof BsonNumber low && end instanceof BsonNumber high) {
                ranges.put(component, new Range(low.intValue(), high.intValue()));
            }
        }
        return new LocalDateFilter(ranges);
    }

    /** Whether every component lies in its range. */
    public boolean matches(LocalMoment moment) {
        return ranges.entrySet().stream()
                .allMatch(entry -> entry.getValue().contains(entry.getKey().of(moment)));
    }
}
