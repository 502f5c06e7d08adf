package dev.croft.app.cli;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.view.RecordLog;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import picocli.CommandLine.TypeConversionException;

/** A past state of a capsule, as {@code --at} names it: how many records it had, or when by its writer's clock. */
sealed interface AsOf {
    /** This many records. */
    record Size(long records) implements AsOf {}

    /** This time. */
    record Time(Instant instant) implements AsOf {}

    static AsOf parse(String text) {
        if (text.matches("\\d{1,18}")) {
            return new Size(Long.parseLong(text));
        }
        try {
            return new Time(Instant.parse(text));
        } catch (DateTimeParseException e) {
            throw new TypeConversionException(
                    "'" + text + "' is neither a number of records nor a time like 2026-01-31T12:00:00Z");
        }
    }

    /** How many records the capsule had then. */
    default long in(CapsuleReader reader) {
        return switch (this) {
            case Size(long records) -> {
                if (records > reader.size()) {
                    throw new CapsuleException.NoSuchRecord(records, reader.size());
                }
                yield records;
            }
            case Time(Instant instant) -> RecordLog.of(reader).sizeAt(instant, reader.size());
        };
    }
}
