package dev.croft.mobility.metrics;

import dev.croft.mobility.entry.LocalMoment;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;

/** Buckets by local date: a section belongs to the day, month or year that the person's own calendar showed. */
public enum LocalFrequency {
    DAILY,
    MONTHLY,
    YEARLY;

    /** Orders and distinguishes buckets: yyyymmdd, with zeros for what the frequency leaves out. */
    int key(LocalMoment start) {
        ZonedDateTime at = start.moment();
        int year = at.getYear() * 10_000;
        return switch (this) {
            case DAILY -> year + at.getMonthValue() * 100 + at.getDayOfMonth();
            case MONTHLY -> year + at.getMonthValue() * 100;
            case YEARLY -> year;
        };
    }

    ZonedDateTime start(int key, ZoneId zone) {
        int year = key / 10_000;
        int month = Math.max(1, key / 100 % 100);
        int day = Math.max(1, key % 100);
        return LocalDate.of(year, month, day).atStartOfDay(zone);
    }

    BsonDocument components(int key, ZoneId zone) {
        BsonDocument components = new BsonDocument("year", new BsonInt32(key / 10_000));
        if (this != YEARLY) {
            components.put("month", new BsonInt32(key / 100 % 100));
        }
        if (this == DAILY) {
            components.put("day", new BsonInt32(key % 100));
        }
        return components.append("timezone", new BsonString(zone.getId()));
    }

    String formatted(int key) {
        int year = key / 10_000;
        int month = key / 100 % 100;
        return switch (this) {
            case DAILY -> "%04d-%02d-%02d".formatted(year, month, key % 100);
            case MONTHLY -> "%04d-%02d".formatted(year, month);
            case YEARLY -> "%04d".formatted(year);
        };
    }
}
