package dev.croft.router.lifecycle;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Why a private cloud is as it is.
 *
 * @param cloud its id
 * @param state as recorded
 * @param lastUsed when it last served
 * @param policy its account's
 * @param idleSeconds idle time that is in force for it
 * @param now what would be decided at this moment; {@code null} if it is not awake
 * @param last what was last done to it by itself, and when; {@code null} if nothing yet
 */
public record Explanation(
        String cloud,
        String state,
        Instant lastUsed,
        AccountPolicy policy,
        long idleSeconds,
        @Nullable Decision now,
        @Nullable Done last) {
    /** Something that was done. */
    public record Done(Decision.Action action, Decision.Reason reason, String detail, Instant at) {}
}
