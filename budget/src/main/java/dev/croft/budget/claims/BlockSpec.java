package dev.croft.budget.claims;

import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import dev.croft.budget.ledger.TimeWindow;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A private data block to be created.
 *
 * @param id unique for ever, at most 253 printable ASCII characters
 * @param dataset name of the data set it is part of
 * @param window span of time of the data; {@link TimeWindow#ALWAYS} for blocks by user
 * @param labels further attributes to select by, at most 64
 * @param total the budget, in the form of the book's composition
 */
public record BlockSpec(String id, String dataset, TimeWindow window, Map<String, String> labels, Cost total) {
    public BlockSpec {
        checkName("block.id", id);
        checkName("block.dataset", dataset);
        if (labels.size() > 64) throw new InvalidInputException("block.labels", Problem.TOO_MANY, "more than 64");
        SortedMap<String, String> sorted = new TreeMap<>();
        labels.forEach((name, value) -> {
            checkName("block.labels", name);
            if (value.length() > 1024) throw new InvalidInputException("block.labels", Problem.TOO_MANY, name);
            sorted.put(name, value);
        });
        labels = Collections.unmodifiableSortedMap(sorted);
    }

    /** A name of 1 to 253 printable ASCII characters, refused by {@code field} otherwise. */
    public static String checkName(String field, String name) {
        if (name.isEmpty()) throw new InvalidInputException(field, Problem.EMPTY, "a name is needed");
        if (name.length() > 253) throw new InvalidInputException(field, Problem.TOO_MANY, "more than 253 characters");
        for (int i = 0; i < name.length(); i++)
            if (name.charAt(i) <= ' ' || name.charAt(i) > '~')
                throw new InvalidInputException(field, Problem.MALFORMED, "character " + (int) name.charAt(i));
        return name;
    }
}
