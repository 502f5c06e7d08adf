package dev.croft.capsule.proof;

import dev.croft.capsule.Hash;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * The roots of complete subtrees of {@value #GROUP} leaves and of all complete subtrees above them, two bytes for each record. They lie one
 * behind the other as they become known, so that adding never moves one: behind a group's root those of the subtrees that it completes, from
 * below.
 *
 * <p>One thread adds; any may read a {@link #view} that was handed to it safely.
 */
final class InnerHashes {
    static final int GROUP_LEVEL = 5;
    static final int GROUP = 1 << GROUP_LEVEL;
    private static final int CHUNK_NODES = 1 << 12;

    private final MessageDigest sha = Hash.digest();
    private final byte[] pair = new byte[1 + 2 * Hash.LENGTH];
    private byte[][] chunks = new byte[0][];
    private long groups;

    InnerHashes() {
        pair[0] = 1;
    }

    /** What was known at a moment. */
    record View(byte[][] chunks, long groups) {
        /** The root of a complete subtree; level 0 is a group. */
        Hash node(int level, long index) {
            byte[] found = new byte[Hash.LENGTH];
            copy(position(level, index), found, 0);
            return Hash.of(found);
        }

        /** The root of a group, into an array. */
        void group(long index, byte[] out, int offset) {
            copy(position(0, index), out, offset);
        }

        private void copy(long position, byte[] out, int offset) {
            int from = (int) (position % CHUNK_NODES) * Hash.LENGTH;
            System.arraycopy(chunks[(int) (position / CHUNK_NODES)], from, out, offset, Hash.LENGTH);
        }
    }

    View view() {
        return new View(chunks, groups);
    }

    /** How many groups are known. */
    long groups() {
        return groups;
    }

    /** A forest over n leaves has 2n nodes less one for each tree; behind them stand a group's root and what it completes. */
    private static long position(int level, long index) {
        long last = ((index + 1) << level) - 1;
        return 2 * last - Long.bitCount(last) + level;
    }

    /** Adds the next group's root: the first 32 bytes from this offset on. */
    void add(byte[] root, int offset) {
        long group = groups;
        System.arraycopy(root, offset, pair, 1 + Hash.LENGTH, Hash.LENGTH);
        put(position(0, group));
        View known = view();
        for (int level = 0; (group >>> level & 1) == 1; level++) {
            known.copy(position(level, (group >>> level) - 1), pair, 1);
            try {
                sha.update(pair, 0, pair.length);
                sha.digest(pair, 1 + Hash.LENGTH, Hash.LENGTH);
            } catch (DigestException e) {
                throw new IllegalStateException("32 bytes are enough for SHA-256", e);
            }
            put(position(level + 1, group >>> level + 1));
        }
        groups++;
    }

    private void put(long position) {
        int chunk = (int) (position / CHUNK_NODES);
        if (chunk == chunks.length) {
            // Views keep the array that they were given, and what is in its chunks stays.
            chunks = Arrays.copyOf(chunks, chunk + 1);
            chunks[chunk] = new byte[CHUNK_NODES * Hash.LENGTH];
        }
        int to = (int) (position % CHUNK_NODES) * Hash.LENGTH;
        System.arraycopy(pair, 1 + Hash.LENGTH, chunks[chunk], to, Hash.LENGTH);
    }
}
