package dev.croft.budget.ledger;

import dev.croft.budget.Epsilon;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import java.time.Instant;
import java.util.Map;

/**
 * What can be asked of a ledger. Every command may be sent again after a lost answer: the second time it is accepted
 * without events if it says the same, and refused as {@link Refusal.Reason#KEY_REUSED} if it does not.
 */
public sealed interface LedgerCommand {

    /** Opens a block with its whole total available. */
    record CreateBlock(String block, TimeWindow window, Epsilon total) implements LedgerCommand {
        public CreateBlock {
            LedgerNames.check("block", block);
            if (total.isZero()) throw new InvalidInputException("total", Problem.ZERO, "a block needs a budget");
        }
    }

    /**
     * Sets {@code demand} aside on every block named, or on none.
     *
     * @param key the caller's idempotency key, also the name of the reservation
     * @param expiry from when on {@link Expire} gives the amounts back
     */
    record Reserve(String key, Map<String, Epsilon> demand, Instant expiry) implements LedgerCommand {
        public Reserve {
            LedgerNames.check("key", key);
            demand = LedgerNames.checkAmounts("demand", demand);
        }
    }

    /**
     * Settles a reservation: {@code amounts}, per block at most what was reserved, are spent for ever, and what is left
     * of the reservation is available again.
     */
    record Commit(String key, Map<String, Epsilon> amounts) implements LedgerCommand {
        public Commit {
            LedgerNames.check("key", key);
            amounts = LedgerNames.checkAmounts("amounts", amounts);
        }
    }

    /** Settles a reservation by spending all of it. */
    record CommitAll(String key) implements LedgerCommand {
        public CommitAll {
            LedgerNames.check("key", key);
        }
    }

    /** Settles a reservation by spending nothing. */
    record Refund(String key) implements LedgerCommand {
        public Refund {
            LedgerNames.check("key", key);
        }
    }

    /** Gives back every reservation whose expiry is not after {@code now}. */
    record Expire(Instant now) implements LedgerCommand {}
}
