package dev.croft.mobility.metrics;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.TemporalAdjusters;
import java.util.Arrays;

/**
 * Buckets by universal time, labelled as pandas labels the frequency of that letter: a day by its midnight, a week by
 * the Sunday that ends it, a month and a year by their last day.
 */
public enum TimeFrequency {
    DAILY("D"),
    WEEKLY("W"),
    MONTHLY("M"),
    YEARLY("Y");

    private final String letter;

    TimeFrequency(String letter) {
        this.letter = letter;
    }

    /**
     * The frequency of a pandas letter; {@code A} is an old name of {@code Y}.
     *
     * @throws MetricException if it is none of ours
     */
    public static TimeFrequency ofLetter(String letter) {
        String canonical = letter.equals("A") ? "Y" : letter;
        return Arrays.stream(values())
                .filter(frequency -> frequency.letter.equals(canonical))
                .findFirst()
                .orElseThrow(() -> new MetricException("the frequency must be D, W, M or Y"));
    }

    /** The label of the bucket that holds a time stamp: a midnight of universal time. */
    ZonedDateTime label(double ts) {
        return label(Instant.ofEpochSecond((long) Math.floor(ts))
                .atZone(ZoneOffset.UTC)
                .toLocalDate());
    }

    /** The label after this one. */
    ZonedDateTime next(ZonedDateTime label) {
        return label(label.toLocalDate().plusDays(1));
    }

    private ZonedDateTime label(LocalDate day) {
        LocalDate label = switch (this) {
            case DAILY -> day;
            case WEEKLY -> day.with(TemporalAdjusters.nextOrSame(DayOfWeek.SUNDAY));
            case MONTHLY -> day.with(TemporalAdjusters.lastDayOfMonth());
            case YEARLY -> day.with(TemporalAdjusters.lastDayOfYear());
        };
        return label.atStartOfDay(ZoneOffset.UTC);
    }
}
