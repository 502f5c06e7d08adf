package dev.croft.budget.books;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** How many claims wait, by what stands before the slash in their id. */
final class WaitingByOwner {
    private final Set<String> claims = new HashSet<>();
    private final Map<String, Integer> counts = new HashMap<>();

    void waits(String claim) {
        if (claims.add(claim)) counts.merge(owner(claim), 1, Integer::sum);
    }

    void decided(String claim) {
        if (claims.remove(claim)) counts.computeIfPresent(owner(claim), (_, count) -> count == 1 ? null : count - 1);
    }

    int of(String owner) {
        return counts.getOrDefault(owner, 0);
    }

    private static String owner(String claim) {
        return claim.substring(0, Math.max(0, claim.indexOf('/')));
    }
}
