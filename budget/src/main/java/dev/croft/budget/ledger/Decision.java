package dev.croft.budget.ledger;

import java.util.List;

/** The answer to a command. */
public sealed interface Decision {
    /** To be stored and then applied in order; empty if the command had been carried out before. */
    record Accepted(List<LedgerEvent> events) implements Decision {
        public Accepted {
            events = List.copyOf(events);
        }
    }

    /** Nothing changes. */
    record Refused(Refusal refusal) implements Decision {}
}
