package dev.croft.budget.ledger;

import dev.croft.budget.Epsilon;
import java.time.Instant;
import java.util.Map;

/**
 * A reservation and what became of it.
 *
 * @param committed per block what was spent; empty unless {@link State#COMMITTED}
 */
public record Reservation(
        String key, Map<String, Epsilon> demand, Instant expiry, State state, Map<String, Epsilon> committed) {
    /** Held leads to each of the others; none of those changes again. */
    public enum State {
        HELD,
        COMMITTED,
        REFUNDED,
        EXPIRED
    }
}
