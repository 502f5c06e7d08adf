package dev.croft.budget.ledger;

import dev.croft.budget.Epsilon;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import java.time.Instant;
import java.util.Map;

/**
 * What happened to a ledger; its history is the list of these. {@link #encode()} is canonical: equal events have equal
 * bytes, and {@link #decode} accepts no others.
 */
public sealed interface LedgerEvent {

    record BlockCreated(String block, TimeWindow window, Epsilon total) implements LedgerEvent {
        public BlockCreated {
            LedgerNames.check("block", block);
            if (total.isZero()) throw new InvalidInputException("total", Problem.ZERO, "a block needs a budget");
        }
    }

    record Reserved(String key, Map<String, Epsilon> demand, Instant expiry) implements LedgerEvent {
        public Reserved {
            LedgerNames.check("key", key);
            demand = LedgerNames.checkAmounts("demand", demand);
        }
    }

    /** {@code amounts} of the reservation were spent; the rest of it became available. */
    record Committed(String key, Map<String, Epsilon> amounts) implements LedgerEvent {
        public Committed {
            LedgerNames.check("key", key);
            amounts = LedgerNames.checkAmounts("amounts", amounts);
        }
    }

    record Refunded(String key) implements LedgerEvent {
        public Refunded {
            LedgerNames.check("key", key);
        }
    }

    record Expired(String key) implements LedgerEvent {
        public Expired {
            LedgerNames.check("key", key);
        }
    }

    /** The canonical bytes, at most about 600 KiB for a demand on 4,096 blocks. */
    default byte[] encode() {
        return LedgerCodec.encode(this);
    }

    /**
     * Reads what {@link #encode()} wrote.
     *
     * @throws dev.croft.budget.CorruptHistoryException for any other bytes
     */
    static LedgerEvent decode(byte[] bytes) {
        return LedgerCodec.decode(bytes);
    }
}
