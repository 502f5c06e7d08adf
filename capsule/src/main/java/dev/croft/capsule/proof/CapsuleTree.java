package dev.croft.capsule.proof;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.Hash;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.RecordHeader;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.ObjIntConsumer;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The Merkle tree over a capsule's records (RFC 6962, 2.1), from which proofs are made. In memory it holds the roots of complete subtrees of 32
 * leaves and of those above them, two bytes for each record, and a few thousand of the groups below; other leaves are read again from the capsule when a
 * proof needs them.
 *
 * <p>Every proof is checked before it is given out, so a capsule whose files were changed gives none. Thread-safe; proofs are made beside each other.
 */
public final class CapsuleTree {
    private static final int CACHED_GROUPS = 1 << 11;
    private static final int LEAST_KEPT = 1 << 11;

    private final CapsuleReader reader;
    private InnerHashes inner;
    private long kept;
    private final AtomicReferenceArray<@Nullable Group> groups = new AtomicReferenceArray<>(CACHED_GROUPS);
    private volatile State state;

    /** A head, which the writer signed, and what is known of the tree under it. */
    private record State(Heartbeat head, InnerHashes.View inner) {}

    /** Reads the hashes of all records up to the reader's head, but for those that {@link #keep} wrote down. */
    public CapsuleTree(CapsuleReader reader) {
        this.reader = reader;
        this.inner = TreeCache.load(reader.directory(), reader.name());
        if (inner.groups() > reader.size() / InnerHashes.GROUP) {
            inner = new InnerHashes();
        }
        this.kept = inner.groups();
        State found = extended();
        if (kept > 0
                && !range(found, 0, found.head().size()).equals(found.head().root())) {
            // A cache is believed only where it leads to what the writer signed.
            inner = new InnerHashes();
            kept = 0;
            found = extended();
        }
        this.state = found;
    }

    /**
     * Writes the roots of all groups of 32 records, one byte for each record, to a file beside the capsule, so that the next tree over it need not read
     * the capsule. A no-op while the capsule is short, or has grown little since.
     *
     * @throws IOException when the directory cannot be written to; nothing depends on the file
     */
    public synchronized void keep() throws IOException {
        long known = inner.groups();
        if (known - kept >= LEAST_KEPT && known - kept >= kept / 4) {
            TreeCache.save(reader.directory(), reader.name(), inner.view());
            kept = known;
        }
    }

    /** The head proofs are made from. */
    public Heartbeat head() {
        return state.head();
    }

    /** Takes in what the reader has seen since. */
    public synchronized void refresh() {
        if (!reader.head().equals(state.head())) {
            state = extended();
        }
    }

    /**
     * Proves that records {@code from} up to but not including {@code to} are under the head.
     *
     * @throws ProofChecker.Rejected when the capsule's files were changed
     */
    public Proof.Membership membership(long from, long to) {
        State now = state;
        Heartbeat head = now.head();
        if (to - from > Proof.MOST_RECORDS || from >= to || from < 0 || to > head.size()) {
            throw new IllegalArgumentException(
                    "a proof is about 1 to " + Proof.MOST_RECORDS + " records under the head");
        }
        List<RecordHeader> headers =
                LongStream.range(from, to).mapToObj(reader::header).toList();
        List<Hash> hashes = new ArrayList<>();
        outside(now, 0, head.size(), from, to, hashes);
        var proof = new Proof.Membership(reader.metadata(), head, headers, hashes);
        // The reader has checked the head's signature.
        ProofChecker.underHead(proof);
        return proof;
    }

    /**
     * Proves that the head goes on from an older one.
     *
     * @throws ProofChecker.Rejected when it does not: see {@link #equivocation}
     */
    public Proof.Consistency consistency(Heartbeat older) {
        State now = state;
        var proof = new Proof.Consistency(reader.metadata(), older, now.head(), path(now, older.size()));
        ProofChecker.check(reader.name(), proof);
        return proof;
    }

    /** The root that the tree had when it was this large, as a checkpoint of then says it. */
    public Hash root(long size) {
        State now = state;
        if (size < 0 || size > now.head().size()) {
            throw new IllegalArgumentException("no tree of " + size + " records under the head");
        }
        return size == 0 ? Hash.sha256() : range(now, 0, size);
    }

    /** The path by which a tree of an older size leads to the head (RFC 6962, 2.1.2), as witnesses want it. */
    public List<Hash> consistencyPath(long size) {
        State now = state;
        if (size < 0 || size > now.head().size()) {
            throw new IllegalArgumentException("no tree of " + size + " records under the head");
        }
        return path(now, size);
    }

    /**
     * Evidence that the writer signed a head that is no part of this history.
     *
     * @param other a head by the same writer, not larger than this one
     * @throws ProofChecker.Rejected when the two are one history, or the other is not the writer's
     */
    public Proof.Equivocation equivocation(Heartbeat other) {
        State now = state;
        if (other.size() > now.head().size()) {
            throw new IllegalArgumentException("the other head is larger: ask the capsule that has it");
        }
        Hash root = other.size() == 0 ? Hash.sha256() : range(now, 0, other.size());
        var proof = new Proof.Equivocation(reader.metadata(), other, now.head(), root, path(now, other.size()));
        ProofChecker.check(reader.name(), proof);
        return proof;
    }

    /** The audit path of one record (RFC 6962, 2.1.1), from the leaf's sibling up, as other tools want it. */
    public List<Hash> auditPath(long sequence) {
        State now = state;
        if (sequence < 0 || sequence >= now.head().size()) {
            throw new IllegalArgumentException("no record " + sequence + " under the head");
        }
        List<Hash> path = new ArrayList<>();
        long low = 0;
        long high = now.head().size();
        while (high - low > 1) {
            long middle = low + Long.highestOneBit(high - low - 1);
            if (sequence < middle) {
                path.addFirst(range(now, middle, high));
                high = middle;
            } else {
                path.addFirst(range(now, low, middle));
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
    public Hash subtree(int level, long index) {
        State now = state;
        if (level < 0 || level > 55 || index < 0 || index >= now.head().size() >>> level) {
            throw new IllegalArgumentException("no complete subtree " + index + " at level " + level);
        }
        return range(now, index << level, (index + 1) << level);
    }

    /** The header of a record under the head. */
    public RecordHeader header(long sequence) {
        return reader.header(sequence);
    }

    private List<Hash> path(State now, long size) {
        List<Hash> path = new ArrayList<>();
        if (size > 0 && size < now.head().size()) {
            subproof(now, size, 0, now.head().size(), true, path);
        }
        return path;
    }

    /** RFC 6962, 2.1.2. */
    private void subproof(State now, long size, long low, long high, boolean whole, List<Hash> path) {
        if (size == high - low) {
            if (!whole) {
                path.add(range(now, low, high));
            }
            return;
        }
        long middle = Long.highestOneBit(high - low - 1);
        if (size <= middle) {
            subproof(now, size, low, low + middle, whole, path);
            path.add(range(now, low + middle, high));
        } else {
            subproof(now, size - middle, low + middle, high, false, path);
            path.add(range(now, low, low + middle));
        }
    }

    private void outside(State now, long low, long high, long from, long to, List<Hash> hashes) {
        if (high <= from || low >= to) {
            hashes.add(range(now, low, high));
        } else if (low < from || high > to) {
            long middle = low + Long.highestOneBit(high - low - 1);
            outside(now, low, middle, from, to, hashes);
            outside(now, middle, high, from, to, hashes);
        }
    }

    /** The root over these leaves, which is at hand where they are one complete subtree. */
    private Hash range(State now, long low, long high) {
        long count = high - low;
        int level = Long.numberOfTrailingZeros(count);
        if (Long.bitCount(count) == 1 && low % count == 0) {
            if (level >= InnerHashes.GROUP_LEVEL) {
                int above = level - InnerHashes.GROUP_LEVEL;
                return now.inner().node(above, low >>> level);
            }
            return group(now.head(), low / InnerHashes.GROUP).node(level, (int) (low % InnerHashes.GROUP) >> level);
        }
        long middle = low + Long.highestOneBit(count - 1);
        return ProofChecker.parent(range(now, low, middle), range(now, middle, high));
    }

    private Group group(Heartbeat head, long index) {
        long from = index * InnerHashes.GROUP;
        int count = (int) Math.min(head.size() - from, InnerHashes.GROUP);
        int slot = (int) (index % CACHED_GROUPS);
        Group cached = groups.get(slot);
        if (cached == null || cached.index() != index || cached.count() < count) {
            Group read = new Group(index);
            MessageDigest sha = Hash.digest();
            reader.recordHashes(from, from + count, head, (buffer, at) -> read.add(buffer, at, sha));
            groups.set(slot, read);
            return read;
        }
        return cached;
    }

    private State extended() {
        Heartbeat head = reader.head();
        long whole = head.size() / InnerHashes.GROUP * InnerHashes.GROUP;
        reader.recordHashes(inner.groups() * InnerHashes.GROUP, whole, head, new Filling());
        return new State(head, inner.view());
    }

    /** Takes leaf after leaf, and each whole group into the tree. */
    private final class Filling implements ObjIntConsumer<byte[]> {
        private final MessageDigest sha = Hash.digest();
        private Group group = new Group(inner.groups());

        @Override
        public void accept(byte[] buffer, int leaf) {
            group.add(buffer, leaf, sha);
            if (group.isWhole()) {
                group.addTo(inner);
                group = new Group(inner.groups());
            }
        }
    }
}
