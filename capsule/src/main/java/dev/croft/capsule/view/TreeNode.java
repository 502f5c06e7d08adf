package dev.croft.capsule.view;

import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One node of a {@link Tree}: a record of the capsule. A leaf's values are the map's, an inner node's are the sequences of
 * its children, each under the first key that it had.
 *
 * @param level 0 for a leaf
 */
record TreeNode(int level, List<byte[]> keys, List<byte[]> values) {
    static final String TAG = "croft/tree/v1";
    static final int MOST_KEY_BYTES = 8192;
    static final int MOST_VALUE_BYTES = 1 << 20;
    private static final int MOST_LEVEL = 64;

    int size() {
        return keys.size();
    }

    /** Where the key is, or {@code -insertion point - 1}. */
    int search(byte[] key) {
        int low = 0;
        int high = keys.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = Arrays.compareUnsigned(keys.get(middle), key);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -low - 1;
    }

    /** Which child of an inner node a key belongs to; the first also has what is before its key. */
    int route(byte[] key) {
        int at = search(key);
        return at >= 0 ? at : Math.max(0, -at - 2);
    }

    long child(int at) {
        return target(values.get(at));
    }

    static long target(byte[] reference) {
        return new ByteReader(reference).u63();
    }

    static byte[] reference(long sequence) {
        return new ByteWriter().u64(sequence).toBytes();
    }

    /** The record's body, which names its own place so that a node out of place is none. */
    byte[] encode(long sequence) {
        ByteWriter out = new ByteWriter().tag(TAG).u64(sequence).u8(level).u16(keys.size());
        for (int i = 0; i < keys.size(); i++) {
            out.framed(keys.get(i)).framed(values.get(i));
        }
        return out.toBytes();
    }

    /**
     * Decodes the body of the record with this sequence.
     *
     * @throws Malformed when it is no node, or that of another place
     */
    static TreeNode decode(long sequence, byte[] body) {
        ByteReader in = new ByteReader(body).expectTag(TAG);
        if (in.u63() != sequence) {
            throw new Malformed("a tree's node out of its place");
        }
        int level = in.u8();
        int count = in.u16();
        if (level > MOST_LEVEL || count == 0) {
            throw new Malformed("a tree's node without entries, or too high");
        }
        List<byte[]> keys = new ArrayList<>();
        List<byte[]> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            keys.add(in.framed(MOST_KEY_BYTES));
            values.add(in.framed(level == 0 ? MOST_VALUE_BYTES : Long.BYTES));
            if (i > 0 && Arrays.compareUnsigned(keys.get(i - 1), keys.get(i)) >= 0) {
                throw new Malformed("a tree's node out of order");
            }
            if (level > 0 && new ByteReader(values.get(i)).u63() >= sequence) {
                throw new Malformed("a tree's node with a child behind it");
            }
        }
        in.expectEnd();
        return new TreeNode(level, keys, values);
    }
}
