package dev.croft.capsule.branch;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.Hash;
import dev.croft.capsule.HashPointer;
import dev.croft.capsule.Heartbeat;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Compares copies of one capsule. In a quasi-single-writer capsule ("Toward a Global Data Infrastructure", Mor et al.) a writer
 * that lost its state goes on from the newest copy it finds ({@code CapsuleWriter.open} on that copy), so copies may branch; each
 * branch verifies by itself. As every record's hash covers the one before, two copies that share a record share all before it.
 */
public final class Branches {
    private Branches() {}

    /**
     * One line of history.
     *
     * @param copy the index of the copy whose head it is
     * @param head its newest heartbeat
     * @param forksAt how many leading records it shares with the branches listed before it; 0 for the first
     */
    public record Branch(int copy, Heartbeat head, long forksAt) {}

    /**
     * The branches among copies of one capsule, longest first. A copy that is a part of another is no branch of its own.
     *
     * @throws IllegalArgumentException when the copies are of different capsules
     */
    public static List<Branch> among(List<CapsuleReader> copies) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < copies.size(); i++) {
            if (!copies.get(i).name().equals(copies.getFirst().name())) {
                throw new IllegalArgumentException("copies of different capsules");
            }
            order.add(i);
        }
        order.sort(Comparator.comparingLong((Integer i) -> copies.get(i).size()).reversed());
        List<Branch> branches = new ArrayList<>();
        for (int copy : order) {
            long shared = 0;
            for (Branch before : branches) {
                shared = Math.max(shared, shared(copies.get(copy), copies.get(before.copy())));
            }
            if (branches.isEmpty() || shared < copies.get(copy).size()) {
                branches.add(new Branch(copy, copies.get(copy).head(), shared));
            }
        }
        return branches;
    }

    /** How many leading records two copies share, by binary search. */
    public static long shared(CapsuleReader one, CapsuleReader other) {
        long same = 0;
        long most = Math.min(one.size(), other.size());
        while (same < most) {
            long middle = same + (most - same + 1) / 2;
            if (hash(one, middle - 1).equals(hash(other, middle - 1))) {
                same = middle;
            } else {
                most = middle - 1;
            }
        }
        return same;
    }

    /**
     * Hash pointers with which a record on one branch joins others: what they hold is then under its writer's signature too. Give
     * them to {@code CapsuleWriter.append(bodies, pointers)}.
     */
    public static List<HashPointer> joining(List<Branch> others) {
        return others.stream()
                .filter(branch -> branch.head().size() > 0)
                .map(branch ->
                        new HashPointer(branch.head().size() - 1, branch.head().headHash()))
                .toList();
    }

    private static Hash hash(CapsuleReader copy, long sequence) {
        return copy.recordHash(sequence, copy.head());
    }
}
