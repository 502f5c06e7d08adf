package dev.croft.router.lifecycle;

import dev.croft.router.RouterException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What an operator lets one account's private clouds have. {@code null} is the installation's own.
 *
 * @param idleSeconds idle time after which one sleeps
 * @param awakeSeconds time after which one sleeps, used or not; {@code null}: no bound
 * @param mostAwake how many of the account's may be awake at once; {@code null}: no bound
 * @param weight its share when not all can stay awake: with 2 it keeps twice as many awake as with 1
 */
public record AccountPolicy(
        @Nullable Long idleSeconds,
        @Nullable Long awakeSeconds,
        @Nullable Integer mostAwake,
        @Nullable Integer weight) {
    /** The installation's own. */
    public static final AccountPolicy STANDARD = new AccountPolicy(null, null, null, null);

    private static final long MOST_SECONDS = 366L * 24 * 3600;
    private static final int MOST = 1_000_000;

    /** @throws RouterException.Invalid when a number is out of its bounds */
    public AccountPolicy {
        check(idleSeconds, MOST_SECONDS);
        check(awakeSeconds, MOST_SECONDS);
        check(mostAwake == null ? null : mostAwake.longValue(), MOST);
        check(weight == null ? null : weight.longValue(), 1000);
    }

    private static void check(@Nullable Long value, long most) {
        if (value != null && (value < 1 || value > most)) {
            throw new RouterException.Invalid("a policy's numbers lie between 1 and " + most);
        }
    }

    Duration idle(Duration otherwise) {
        return idleSeconds == null ? otherwise : Duration.ofSeconds(idleSeconds);
    }

    int share() {
        return weight == null ? 1 : weight;
    }
}
