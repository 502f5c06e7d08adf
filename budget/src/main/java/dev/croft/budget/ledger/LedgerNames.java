package dev.croft.budget.ledger;

import dev.croft.budget.Epsilon;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What names and demand vectors may look like; ASCII only, so that their order and bytes are the same everywhere. */
final class LedgerNames {
    static final int MAX_LENGTH = 128;
    static final int MAX_BLOCKS = 4096;

    private LedgerNames() {}

    static String check(String field, String name) {
        if (name.isEmpty()) throw new InvalidInputException(field, Problem.EMPTY, "a name is needed");
        if (name.length() > MAX_LENGTH)
            throw new InvalidInputException(field, Problem.TOO_MANY, "more than " + MAX_LENGTH + " characters");
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c <= ' ' || c > '~')
                throw new InvalidInputException(field, Problem.MALFORMED, "character " + (int) c + " at " + i);
        }
        return name;
    }

    static SortedMap<String, Epsilon> checkAmounts(String field, Map<String, Epsilon> amounts) {
        if (amounts.isEmpty()) throw new InvalidInputException(field, Problem.EMPTY, "no block named");
        if (amounts.size() > MAX_BLOCKS)
            throw new InvalidInputException(field, Problem.TOO_MANY, amounts.size() + " blocks, at most " + MAX_BLOCKS);
        var sorted = new TreeMap<String, Epsilon>();
        amounts.forEach((block, amount) -> {
            check(field + ".block", block);
            if (amount.isZero()) throw new InvalidInputException(field + "." + block, Problem.ZERO, "nothing asked");
            sorted.put(block, amount);
        });
        return Collections.unmodifiableSortedMap(sorted);
    }
}
