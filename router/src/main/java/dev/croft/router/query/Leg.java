package dev.croft.router.query;

/**
 * One cell of a query in one private cloud: what is reserved, run and settled by itself.
 *
 * @param cell its index in the request
 */
public record Leg(String cloudId, int cell) implements Comparable<Leg> {
    @Override
    public int compareTo(Leg other) {
        int byCloud = cloudId.compareTo(other.cloudId);
        return byCloud != 0 ? byCloud : Integer.compare(cell, other.cell);
    }
}
