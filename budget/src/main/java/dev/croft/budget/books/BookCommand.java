package dev.croft.budget.books;

import dev.croft.budget.claims.BlockSpec;
import dev.croft.budget.claims.ClaimRequest;
import dev.croft.budget.claims.Cost;
import dev.croft.budget.claims.TreeCounter;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Something that changes the books. Each can be sent twice: the second time changes nothing. */
public sealed interface BookCommand {
    /** The field that names the command in JSON. */
    default String kind() {
        return switch (this) {
            case CreateBlock _ -> "create-block";
            case RetireBlock _ -> "retire-block";
            case DeleteBlock _ -> "delete-block";
            case Submit _ -> "submit";
            case Consume _ -> "consume";
            case Release _ -> "release";
            case Advance _ -> "advance";
            case Tick _ -> "tick";
            case OpenStream _ -> "open-stream";
            case Observe _ -> "observe";
            case EndTick _ -> "end-tick";
        };
    }

    /** A block; how its total is given says how it counts. */
    record CreateBlock(BlockSpec block) implements BookCommand {}

    /** The block unlocks nothing more. */
    record RetireBlock(String block) implements BookCommand {}

    /** The block is out of every selection; refused while claims are open on it. */
    record DeleteBlock(String block) implements BookCommand {}

    record Submit(ClaimRequest request) implements BookCommand {}

    /** Spends part of an allocation; {@code key} names this consumption within its claim. */
    record Consume(String claim, String key, Map<String, Cost> costs) implements BookCommand {
        public Consume {
            costs = Map.copyOf(costs);
        }
    }

    /** Gives back what is left of a claim, or withdraws it. */
    record Release(String claim) implements BookCommand {}

    /** Time passes: what is due ends. */
    record Advance() implements BookCommand {}

    /** One tick of DPF-T. */
    record Tick() implements BookCommand {}

    record OpenStream(StreamSpec stream) implements BookCommand {}

    /** Data have arrived: their blocks are made, and people seen for the first time are counted. */
    record Observe(String stream, List<Datum> data) implements BookCommand {
        /** Most data in one command. */
        public static final int MOST = 10_000;

        /** Whose, and of when. */
        public record Datum(String user, Instant time) {}

        public Observe {
            data = List.copyOf(data);
        }
    }

    /**
     * A tick of a stream's counter has ended.
     *
     * @param tick which one, so that the same can be sent twice
     * @param after the counter's state with its noise, which was drawn outside
     * @param count everybody so far, noisy
     */
    record EndTick(String stream, long tick, TreeCounter.State after, BigInteger count) implements BookCommand {}
}
