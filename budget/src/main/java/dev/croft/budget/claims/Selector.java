package dev.croft.budget.claims;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.ledger.TimeWindow;
import java.util.HashSet;
import java.util.List;
import java.util.function.Predicate;

/** Which blocks a claim is on, decided once when it is submitted. */
public sealed interface Selector {
    /** Exactly these, each of which must exist. */
    record Named(List<String> ids) implements Selector {
        public Named {
            ids = List.copyOf(ids);
            if (ids.isEmpty()) throw new InvalidInputException("blocks", Problem.EMPTY, "no block named");
            if (new HashSet<>(ids).size() != ids.size())
                throw new InvalidInputException("blocks", Problem.DUPLICATE, "a block is named twice");
        }
    }

    /** Every block of a data set whose window overlaps. */
    record Within(String dataset, TimeWindow window) implements Selector {}

    /** The newest blocks of a data set, by the start of their windows; all of them must exist. */
    record Newest(String dataset, int count) implements Selector {
        public Newest {
            if (count < 1) throw new InvalidInputException("blocks.count", Problem.OUT_OF_RANGE, count + " < 1");
        }
    }

    /** Every block of a data set whose labels satisfy all conditions. */
    record Where(String dataset, List<LabelCondition> conditions) implements Selector {
        public Where {
            conditions = List.copyOf(conditions);
            if (conditions.size() > 64) throw new InvalidInputException("blocks.where", Problem.TOO_MANY, "above 64");
        }
    }

    /** Every block that satisfies a condition on its description; cannot be written down, unlike the others. */
    record Matching(Predicate<BlockSpec> condition) implements Selector {}
}
