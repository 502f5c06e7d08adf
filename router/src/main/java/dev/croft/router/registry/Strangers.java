package dev.croft.router.registry;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Failed logins under names that no account has. They are locked out as accounts are, so that nobody learns which names exist from who is
 * locked out. It remembers a bounded number of names and forgets the least recently tried. Thread-safe.
 */
final class Strangers {

    private static final int MOST = 10_000;
    private static final int FREE_ATTEMPTS = 5;
    private static final Duration FIRST_LOCK = Duration.ofSeconds(30);
    private static final Duration LONGEST_LOCK = Duration.ofMinutes(15);

    private record Tried(int failures, @Nullable Instant lockedUntil) {}

    private final Map<String, Tried> names = new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Tried> eldest) {
            return size() > MOST;
        }
    };

    /** The rule for everyone: after five failures locked for 30 s, doubling up to 15 minutes. */
    static @Nullable Instant lockedUntil(int failures, Instant now) {
        if (failures < FREE_ATTEMPTS) {
            return null;
        }
        Duration lock = FIRST_LOCK.multipliedBy(1L << Math.min(failures - FREE_ATTEMPTS, 10));
        return now.plus(lock.compareTo(LONGEST_LOCK) < 0 ? lock : LONGEST_LOCK);
    }

    synchronized @Nullable Instant lockedUntil(String name) {
        Tried tried = names.get(name);
        return tried == null ? null : tried.lockedUntil();
    }

    synchronized void countFailure(String name, Instant now) {
        Tried before = names.get(name);
        int failures = before == null ? 1 : before.failures() + 1;
        names.put(name, new Tried(failures, lockedUntil(failures, now)));
    }
}
