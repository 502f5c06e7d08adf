package dev.croft.capsule;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Times in a capsule are whole microseconds since 1970, never negative. */
final class Times {
    private Times() {}

    static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
