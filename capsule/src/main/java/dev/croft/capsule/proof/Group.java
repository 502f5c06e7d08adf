package dev.croft.capsule.proof;

import dev.croft.capsule.Hash;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * Up to {@link InnerHashes#GROUP} neighbouring leaves and the complete subtrees over them. It is filled by one thread, and not changed any more
 * once it is whole or in use.
 */
final class Group {
    private static final int GROUP = InnerHashes.GROUP;

    private final long index;
    private final byte[] nodes = new byte[(2 * GROUP - 1) * Hash.LENGTH];
    private int count;

    /** An empty group; the index counts groups from the left. */
    Group(long index) {
        this.index = index;
    }

    long index() {
        return index;
    }

    /** How many leaves it has; fewer than all only in the tree's last group. */
    int count() {
        return count;
    }

    boolean isWhole() {
        return count == GROUP;
    }

    /** Adds a leaf: 32 bytes from this offset on. */
    void add(byte[] leaf, int offset, MessageDigest sha) {
        System.arraycopy(leaf, offset, nodes, at(0, count), Hash.LENGTH);
        count++;
        try {
            for (int level = 1; count % (1 << level) == 0 && level <= InnerHashes.GROUP_LEVEL; level++) {
                int i = (count >> level) - 1;
                sha.update((byte) 1);
                sha.update(nodes, at(level - 1, 2 * i), 2 * Hash.LENGTH);
                sha.digest(nodes, at(level, i), Hash.LENGTH);
            }
        } catch (DigestException e) {
            throw new IllegalStateException("32 bytes are enough for SHA-256", e);
        }
    }

    /** Levels stand one behind the other, each with room for all of its nodes. */
    private static int at(int level, int i) {
        return (2 * GROUP - (2 * GROUP >> level) + i) * Hash.LENGTH;
    }

    /** The root of a complete subtree in the group, counted from the group's start; level 0 is a leaf. */
    Hash node(int level, int i) {
        int at = at(level, i);
        return Hash.of(Arrays.copyOfRange(nodes, at, at + Hash.LENGTH));
    }

    /** Adds a whole group's root. */
    void addTo(InnerHashes inner) {
        inner.add(nodes, at(InnerHashes.GROUP_LEVEL, 0));
    }
}
