package dev.croft.capsule.proof;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.Hash;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.RecordHeader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * The Merkle tree over a capsule's records (RFC 6962, 2.1), from which proofs are made. In memory it holds only the roots of
 * full subtrees of 256 leaves and what is above them, a quarter of a byte per record; leaves are read again from
 * the capsule when a proof needs them.
 *
 * <p>Every proof is checked before it is given out, so a capsule whose files were changed gives none. Thread-safe.
 */
public final class CapsuleTree {
    private static final int TILE_LEVEL = 8;
    private static final int TILE = 1 << TILE_LEVEL;
    private static final int CACHED_TILES = 64;

    private final CapsuleReader reader;
    private final List<List<Hash>> upper = new ArrayList<>();
    private final Map<Long, List<Hash>> tiles = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, List<Hash>> eldest) {
            return size() > CACHED_TILES;
        }
    };
    private Heartbeat head;

    /** Reads the hashes of all records up to the reader's head. */
    public CapsuleTree(CapsuleReader reader) {
        this.reader = reader;
        this.head = reader.head();
        extend();
    }

    /** The head proofs are made from. */
    public synchronized Heartbeat head() {
        return head;
    }

    /** Takes in what the reader has seen since. */
    public synchronized void refresh() {
        head = reader.head();
        extend();
    }

    /**
     * Proves that records {@code from} up to but not including {@code to} are under the head.
     *
     * @throws ProofChecker.Rejected when the capsule's files were changed
     */
    public synchronized Proof.Membership membership(long from, long to) {
        if (to - from > Proof.MOST_RECORDS || from >= to || from < 0 || to > head.size()) {
            throw new IllegalArgumentException(
                    "a proof is about 1 to " + Proof.MOST_RECORDS + " records under the head");
        }
        List<RecordHeader> headers =
                LongStream.range(from, to).mapToObj(reader::header).toList();
        List<Hash> hashes = new ArrayList<>();
        outside(0, head.size(), from, to, hashes);
        var proof = new Proof.Membership(reader.metadata(), head, headers, hashes);
        ProofChecker.check(reader.name(), proof);
        return proof;
    }

    /**
     * Proves that the head goes on from an older one.
     *
     * @throws ProofChecker.Rejected when it does not: see {@link #equivocation}
     */
    public synchronized Proof.Consistency consistency(Heartbeat older) {
        var proof = new Proof.Consistency(reader.metadata(), older, head, path(older.size()));
        ProofChecker.check(reader.name(), proof);
        return proof;
    }

    /** The path by which a tree of an older size leads to the head (RFC 6962, 2.1.2), as witnesses want it. */
    public synchronized List<Hash> consistencyPath(long size) {
        if (size < 0 || size > head.size()) {
            throw new IllegalArgumentException("no tree of " + size + " records under the head");
        }
        return path(size);
    }

    /**
     * Evidence that the writer signed a head that is no part of this history.
     *
     * @param other a head by the same writer, not larger than this one
     * @throws ProofChecker.Rejected when the two are one history, or the other is not the writer's
     */
    public synchronized Proof.Equivocation equivocation(Heartbeat other) {
        if (other.size() > head.size()) {
            throw new IllegalArgumentException("the other head is larger: ask the capsule that has it");
        }
        Hash root = other.size() == 0 ? Hash.sha256() : range(0, other.size());
        var proof = new Proof.Equivocation(reader.metadata(), other, head, root, path(other.size()));
        ProofChecker.check(reader.name(), proof);
        return proof;
    }

    /** The audit path of one record (RFC 6962, 2.1.1), from the leaf's sibling up, as other tools want it. */
    public synchronized List<Hash> auditPath(long sequence) {
        if (sequence < 0 || sequence >= head.size()) {
            throw new IllegalArgumentException("no record " + sequence + " under the head");
        }
        List<Hash> path = new ArrayList<>();
        long low = 0;
        long high = head.size();
        while (high - low > 1) {
            long middle = low + Long.highestOneBit(high - low - 1);
            if (sequence < middle) {
                path.addFirst(range(middle, high));
                high = middle;
            } else {
                path.addFirst(range(low, middle));
                low = middle;
            }
        }
        return path;
    }

    /**
     * The root of a complete subtree under the head.
     *
     * @param level 0 for a record's hash, each further level over twice as many
     * @param index counted from the left in that level
     */
    public synchronized Hash subtree(int level, long index) {
        if (level < 0 || level > 55 || index < 0 || index >= head.size() >>> level) {
            throw new IllegalArgumentException("no complete subtree " + index + " at level " + level);
        }
        return range(index << level, (index + 1) << level);
    }

    /** The header of a record under the head. */
    public RecordHeader header(long sequence) {
        return reader.header(sequence);
    }

    private List<Hash> path(long size) {
        List<Hash> path = new ArrayList<>();
        if (size > 0 && size < head.size()) {
            subproof(size, 0, head.size(), true, path);
        }
        return path;
    }

    /** RFC 6962, 2.1.2. */
    private void subproof(long size, long low, long high, boolean whole, List<Hash> path) {
        if (size == high - low) {
            if (!whole) {
                path.add(range(low, high));
            }
            return;
        }
        long middle = Long.highestOneBit(high - low - 1);
        if (size <= middle) {
            subproof(size, low, low + middle, whole, path);
            path.add(range(low + middle, high));
        } else {
            subproof(size - middle, low + middle, high, false, path);
            path.add(range(low, low + middle));
        }
    }

    private void outside(long low, long high, long from, long to, List<Hash> hashes) {
        if (high <= from || low >= to) {
            hashes.add(range(low, high));
        } else if (low < from || high > to) {
            long middle = low + Long.highestOneBit(high - low - 1);
            outside(low, middle, from, to, hashes);
            outside(middle, high, from, to, hashes);
        }
    }

    /** The root over these leaves; where they are one complete subtree of 256 or more it is at hand. */
    private Hash range(long low, long high) {
        long count = high - low;
        int level = Long.numberOfTrailingZeros(count);
        if (Long.bitCount(count) == 1 && low % count == 0 && level >= TILE_LEVEL) {
            return upper.get(level - TILE_LEVEL).get((int) (low >>> level));
        }
        if (count == 1) {
            return tile(low / TILE).get((int) (low % TILE));
        }
        long middle = low + Long.highestOneBit(count - 1);
        return ProofChecker.parent(range(low, middle), range(middle, high));
    }

    private List<Hash> tile(long index) {
        long from = index * TILE;
        long to = Math.min(head.size(), from + TILE);
        List<Hash> cached = tiles.get(index);
        if (cached == null || cached.size() < to - from) {
            cached = reader.recordHashes(from, to, head);
            tiles.put(index, cached);
        }
        return cached;
    }

    private void extend() {
        if (upper.isEmpty()) {
            upper.add(new ArrayList<>());
        }
        for (long tile = upper.getFirst().size(); (tile + 1) * TILE <= head.size(); tile++) {
            List<Hash> leaves = reader.recordHashes(tile * TILE, (tile + 1) * TILE, head);
            add(0, root(leaves));
        }
    }

    private static Hash root(List<Hash> leaves) {
        List<Hash> level = leaves;
        while (level.size() > 1) {
            List<Hash> parents = new ArrayList<>(level.size() / 2);
            for (int i = 0; i < level.size(); i += 2) {
                parents.add(ProofChecker.parent(level.get(i), level.get(i + 1)));
            }
            level = parents;
        }
        return level.getFirst();
    }

    private void add(int level, Hash hash) {
        if (upper.size() == level) {
            upper.add(new ArrayList<>());
        }
        List<Hash> row = upper.get(level);
        row.add(hash);
        if (row.size() % 2 == 0) {
            add(level + 1, ProofChecker.parent(row.get(row.size() - 2), hash));
        }
    }
}
