package dev.croft.router.registry;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tokens that were found valid a moment ago, so that not every request reads two rows. Whatever this process changes of tokens or
 * accounts empties it; what somebody else changes in the database counts {@link #AGE} later at the most. Holds hashes, no secrets.
 * Thread-safe.
 */
final class KnownTokens {

    /** How long a token is believed without another look. */
    static final Duration AGE = Duration.ofSeconds(5);

    private static final int MOST = 10_000;

    /** What the database said of a token at some time. */
    record Known(byte[] hash, Tokens.Bearer bearer, Instant at) {}

    private final Map<String, Known> tokens = new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > MOST;
        }
    };
    private long changes;

    /** The token of that id, if it was looked at less than {@link #AGE} ago. */
    synchronized @Nullable Known find(String id, Instant now) {
        Known known = tokens.get(id);
        if (known == null || now.isBefore(known.at()) || now.isAfter(known.at().plus(AGE))) {
            tokens.remove(id);
            return null;
        }
        return known;
    }

    /** To be asked before the database is. */
    synchronized long changes() {
        return changes;
    }

    /** Remembers what the database said, unless something was changed since {@code before}. */
    synchronized void remember(String id, Known known, long before) {
        if (changes == before) {
            tokens.put(id, known);
        }
    }

    /** A token or an account was changed; to be called when the change is committed. */
    synchronized void forget() {
        changes++;
        tokens.clear();
    }
}
