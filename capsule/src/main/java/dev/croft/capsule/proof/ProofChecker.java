package dev.croft.capsule.proof;

import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.Hash;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.RecordHeader;
import dev.croft.capsule.WriterMode;
import dev.croft.capsule.codec.Malformed;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Checks proofs offline: no key, no file and no writer is needed. The capsule's name, which the caller must know from
 * elsewhere, certifies the metadata, the metadata the writer's key, its signature the head, and the head's Merkle root the
 * rest.
 */
public final class ProofChecker {
    private ProofChecker() {}

    /** A proof that proves nothing. */
    public static final class Rejected extends RuntimeException {
        private static final long serialVersionUID = 1;

        Rejected(String reason) {
            super(reason);
        }
    }

    /**
     * Accepts a proof about this capsule.
     *
     * @return the proof, whose claim now holds
     * @throws Rejected when it does not hold
     * @throws Malformed when the bytes are no proof
     */
    public static Proof check(CapsuleName name, byte[] proof) {
        Proof decoded = Proof.decode(proof);
        check(name, decoded);
        return decoded;
    }

    /**
     * Accepts a proof about this capsule.
     *
     * @throws Rejected when it does not hold
     */
    public static void check(CapsuleName name, Proof proof) {
        require(proof.metadata().name().equals(name), "it is about another capsule");
        switch (proof) {
            case Proof.Membership membership -> {
                signed(membership, membership.head());
                underHead(membership);
            }
            case Proof.Consistency consistency -> {
                signed(consistency, consistency.older());
                signed(consistency, consistency.newer());
                consistent(
                        consistency.older().size(),
                        consistency.older().root(),
                        consistency.newer().size(),
                        consistency.newer().root(),
                        consistency.hashes());
            }
            case Proof.Equivocation evidence -> {
                require(proof.metadata().mode() == WriterMode.STRICT, "branches are legal in this capsule");
                signed(evidence, evidence.older());
                signed(evidence, evidence.newer());
                require(!evidence.otherRoot().equals(evidence.older().root()), "the heads agree");
                consistent(
                        evidence.older().size(),
                        evidence.otherRoot(),
                        evidence.newer().size(),
                        evidence.newer().root(),
                        evidence.hashes());
            }
        }
    }

    /** Whether a tree of this size and root goes on from an older one, by the path of RFC 6962, 2.1.2. */
    public static boolean extend(long size, Hash root, long newSize, Hash newRoot, List<Hash> path) {
        try {
            consistent(size, root, newSize, newRoot, path);
            return true;
        } catch (Rejected e) {
            return false;
        }
    }

    private static void signed(Proof proof, Heartbeat head) {
        require(head.verify(proof.metadata().writerKey()), "a head is not signed by the writer");
    }

    /** All but the head's signature. */
    static void underHead(Proof.Membership proof) {
        List<RecordHeader> records = proof.records();
        require(!records.isEmpty(), "it has no records");
        long from = records.getFirst().sequence();
        require(from <= proof.head().size() - records.size(), "its records reach behind the head");
        List<Hash> leaves = new ArrayList<>();
        for (int i = 0; i < records.size(); i++) {
            require(records.get(i).sequence() == from + i, "its records do not follow each other");
            require(i == 0 || records.get(i).previous().equals(leaves.getLast()), "its records are not linked");
            leaves.add(records.get(i).hash());
        }
        Iterator<Hash> hashes = proof.hashes().iterator();
        Hash root = rangeRoot(0, proof.head().size(), from, leaves, hashes);
        require(!hashes.hasNext() && root.equals(proof.head().root()), "the records are not under the head");
    }

    /** The root of the leaves low to high, of which some are known and the others' subtrees are given from left to right. */
    private static Hash rangeRoot(long low, long high, long from, List<Hash> known, Iterator<Hash> given) {
        long to = from + known.size();
        if (high <= from || low >= to) {
            require(given.hasNext(), "hashes are missing");
            return given.next();
        }
        if (high - low == 1) {
            return known.get((int) (low - from));
        }
        long middle = low + Long.highestOneBit(high - low - 1);
        Hash left = rangeRoot(low, middle, from, known, given);
        return parent(left, rangeRoot(middle, high, from, known, given));
    }

    /** RFC 9162, 2.1.4.2: the tree with the newer head's root had this root at this size. */
    private static void consistent(long size, Hash root, long newSize, Hash newRoot, List<Hash> path) {
        require(size <= newSize, "the older head is the larger one");
        if (size == newSize || size == 0) {
            boolean same = size == 0 ? root.equals(Hash.sha256()) : root.equals(newRoot);
            require(path.isEmpty() && same, "the heads are not one history");
            return;
        }
        List<Hash> nodes = new ArrayList<>(path);
        if (Long.bitCount(size) == 1) {
            nodes.addFirst(root);
        }
        require(!nodes.isEmpty(), "hashes are missing");
        long node = size - 1;
        long last = newSize - 1;
        while ((node & 1) == 1) {
            node >>= 1;
            last >>= 1;
        }
        Hash older = nodes.getFirst();
        Hash whole = older;
        for (Hash next : nodes.subList(1, nodes.size())) {
            require(last != 0, "there are hashes too many");
            if ((node & 1) == 1 || node == last) {
                older = parent(next, older);
                whole = parent(next, whole);
                while ((node & 1) == 0 && node != 0) {
                    node >>= 1;
                    last >>= 1;
                }
            } else {
                whole = parent(whole, next);
            }
            node >>= 1;
            last >>= 1;
        }
        require(last == 0 && older.equals(root) && whole.equals(newRoot), "the heads are not one history");
    }

    static Hash parent(Hash left, Hash right) {
        return Hash.sha256(new byte[] {1}, left.bytes(), right.bytes());
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new Rejected(otherwise);
        }
    }
}
