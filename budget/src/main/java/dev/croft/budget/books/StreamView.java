package dev.croft.budget.books;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * A stream as it stands; nothing of it but what may be published.
 *
 * @param tick how many ticks of its counter have ended
 * @param count everybody at the last of them, noisy; {@code null} before the first or without a counter
 */
public record StreamView(
        StreamSpec spec, long tick, @Nullable BigInteger count) {}
