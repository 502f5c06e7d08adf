package dev.croft.capsule;

import dev.croft.capsule.codec.Malformed;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The right edge of an append-only Merkle tree (RFC 6962, 2.1): one hash per complete subtree, enough to add leaves and
 * to compute the root in logarithmic memory. Not thread-safe.
 */
final class MerkleFrontier {
    private static final int LEVELS = 63;

    private final MessageDigest sha = Hash.digest();
    private final byte[] nodes = new byte[LEVELS * Hash.LENGTH];
    private final byte[] pair = new byte[1 + 2 * Hash.LENGTH];
    private long size;

    MerkleFrontier() {
        pair[0] = 1;
    }

    /** The frontier of the first {@code size} leaves; hashes from the largest subtree to the smallest. */
    static MerkleFrontier of(long size, List<Hash> hashes) {
        var frontier = new MerkleFrontier();
        if (hashes.size() != Long.bitCount(size)) {
            throw new Malformed("a frontier of " + size + " leaves has " + Long.bitCount(size) + " hashes");
        }
        frontier.size = size;
        int next = 0;
        for (int level = LEVELS - 1; level >= 0; level--) {
            if ((size >>> level & 1) == 1) {
                System.arraycopy(hashes.get(next++).bytes(), 0, frontier.nodes, level * Hash.LENGTH, Hash.LENGTH);
            }
        }
        return frontier;
    }

    /** Becomes a copy of the other. */
    void set(MerkleFrontier other) {
        System.arraycopy(other.nodes, 0, nodes, 0, nodes.length);
        size = other.size;
    }

    long size() {
        return size;
    }

    /** From the largest subtree to the smallest. */
    List<Hash> hashes() {
        List<Hash> hashes = new ArrayList<>();
        for (int level = LEVELS - 1; level >= 0; level--) {
            if ((size >>> level & 1) == 1) {
                hashes.add(Hash.of(Arrays.copyOfRange(nodes, level * Hash.LENGTH, (level + 1) * Hash.LENGTH)));
            }
        }
        return hashes;
    }

    /** Adds a leaf by its leaf hash (the first 32 bytes at this offset). */
    void add(byte[] leafHash, int offset) {
        System.arraycopy(leafHash, offset, pair, 1 + Hash.LENGTH, Hash.LENGTH);
        int level = 0;
        for (; (size >>> level & 1) == 1; level++) {
            System.arraycopy(nodes, level * Hash.LENGTH, pair, 1, Hash.LENGTH);
            digestPair();
        }
        System.arraycopy(pair, 1 + Hash.LENGTH, nodes, level * Hash.LENGTH, Hash.LENGTH);
        size++;
    }

    /** The tree's root; SHA-256 of nothing for the empty tree. */
    Hash root() {
        if (size == 0) {
            return Hash.sha256();
        }
        int level = Long.numberOfTrailingZeros(size);
        System.arraycopy(nodes, level * Hash.LENGTH, pair, 1 + Hash.LENGTH, Hash.LENGTH);
        for (level++; level < LEVELS; level++) {
            if ((size >>> level & 1) == 1) {
                System.arraycopy(nodes, level * Hash.LENGTH, pair, 1, Hash.LENGTH);
                digestPair();
            }
        }
        return Hash.of(Arrays.copyOfRange(pair, 1 + Hash.LENGTH, pair.length));
    }

    /** Replaces the right half of the pair by the parent of both. */
    private void digestPair() {
        try {
            sha.update(pair, 0, pair.length);
            sha.digest(pair, 1 + Hash.LENGTH, Hash.LENGTH);
        } catch (DigestException e) {
            throw new IllegalStateException("32 bytes are enough for SHA-256", e);
        }
    }
}
