package dev.croft.router.lifecycle;

import dev.croft.router.lifecycle.Decision.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * For how long a private cloud that made room for others is not woken because of a mere wish: a minute, twice as long each time that it
 * has to make room again within an hour of waking, and at most half an hour. Its owner's requests wake it at any time. Thread-safe.
 */
final class MadeRoom {
    static final Duration FIRST = Duration.ofMinutes(1);
    static final Duration LONGEST = Duration.ofMinutes(30);
    private static final Duration FORGET = Duration.ofHours(1);
    private static final Set<Reason> REASONS =
            EnumSet.of(Reason.MEMORY, Reason.CROWDED, Reason.ACCOUNT_LIMIT, Reason.WALL_CLOCK);

    private final Map<String, Time> times = new ConcurrentHashMap<>();

    private record Time(Instant at, Duration rest) {}

    /** Whether it slept to make room, or because its account had its share. */
    static boolean is(Reason reason) {
        return REASONS.contains(reason);
    }

    /** Until when it rests after that. */
    Instant until(String cloud, Instant at) {
        Time time = times.compute(cloud, (_, before) -> {
            if (before == null || at.isAfter(before.at().plus(before.rest()).plus(FORGET))) {
                return new Time(at, FIRST);
            }
            Duration twice = before.rest().multipliedBy(2);
            return at.isAfter(before.at()) ? new Time(at, twice.compareTo(LONGEST) < 0 ? twice : LONGEST) : before;
        });
        return time.at().plus(time.rest());
    }

    void retain(Set<String> clouds) {
        times.keySet().retainAll(clouds);
    }
}
