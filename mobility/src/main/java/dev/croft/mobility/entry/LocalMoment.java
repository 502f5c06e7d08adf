package dev.croft.mobility.entry;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;

/**
 * A moment in a place's time, in e-mission's two forms: {@code local_dt}, a document of components that can be queried
 * one by one, and {@code fmt_time}, ISO-8601 with offset.
 *
 * @param moment the moment, at microsecond resolution
 */
public record LocalMoment(ZonedDateTime moment) {
    /** Where a phone that names no zone is taken to be. */
    public static final String DEFAULT_ZONE = "America/Los_Angeles";

    /** Seconds since 1970 below which {@link #of} is defined; year 5138. Phones that count milliseconds exceed it. */
    public static final double LIMIT = 1e11;

    /**
     * The local date of a time stamp.
     *
     * @param ts seconds since 1970-01-01T00:00Z, rounded half-even to microseconds as Python's datetime does
     * @param zone a zone of the time-zone database
     * @throws IllegalArgumentException if ts is not in [0, {@link #LIMIT}) or the zone is unknown
     */
    public static LocalMoment of(double ts, String zone) {
        if (!(ts >= 0 && ts < LIMIT)) {
            throw new IllegalArgumentException("time stamp out of range");
        }
        try {
            return of(ts, ZoneId.of(zone));
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("unknown time zone", e);
        }
    }

    /** As {@link #of(double, String)}, for a zone already found. */
    public static LocalMoment of(double ts, ZoneId zone) {
        long seconds = (long) Math.floor(ts);
        long micros = (long) Math.rint((ts - seconds) * 1e6);
        return new LocalMoment(Instant.ofEpochSecond(seconds, micros * 1000).atZone(zone));
    }

    /** The {@code local_dt} document: year, month, day, hour, minute, second, weekday (Monday is 0), timezone. */
    public BsonDocument components() {
        return new BsonDocument("year", new BsonInt32(moment.getYear()))
                .append("month", new BsonInt32(moment.getMonthValue()))
                .append("day", new BsonInt32(moment.getDayOfMonth()))
                .append("hour", new BsonInt32(moment.getHour()))
                .append("minute", new BsonInt32(moment.getMinute()))
                .append("second", new BsonInt32(moment.getSecond()))
                .append("weekday", new BsonInt32(moment.getDayOfWeek().getValue() - 1))
                .append("timezone", new BsonString(moment.getZone().getId()));
    }

    /** The {@code fmt_time} string, such as {@code 2016-06-15T09:27:47.237000-07:00}; whole seconds have no fraction. */
    public String formatted() {
        StringBuilder out = new StringBuilder(32);
        digits(out, moment.getYear(), 4).append('-');
        digits(out, moment.getMonthValue(), 2).append('-');
        digits(out, moment.getDayOfMonth(), 2).append('T');
        digits(out, moment.getHour(), 2).append(':');
        digits(out, moment.getMinute(), 2).append(':');
        digits(out, moment.getSecond(), 2);
        int micros = moment.getNano() / 1000;
        if (micros != 0) {
            digits(out.append('.'), micros, 6);
        }
        int offset = moment.getOffset().getTotalSeconds();
        out.append(offset < 0 ? '-' : '+');
        int minutes = Math.abs(offset) / 60;
        digits(out, minutes / 60, 2).append(':');
        digits(out, minutes % 60, 2);
        return out.toString();
    }

    private static StringBuilder digits(StringBuilder out, int value, int width) {
        String text = Integer.toString(value);
        out.repeat('0', Math.max(0, width - text.length()));
        return out.append(text);
    }
}
