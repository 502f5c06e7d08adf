package dev.croft.vault.documents.view;

import dev.croft.vault.documents.DocumentException.BadDocument;
import dev.croft.vault.documents.Index;
import dev.croft.vault.documents.filter.FieldPath;
import dev.croft.vault.documents.filter.OrderedBytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonNull;
import org.bson.BsonUndefined;
import org.bson.BsonValue;

/**
 * What an index holds of one document: for each combination of values at its paths their ordered bytes. A missing value counts as null, and
 * an array without a value at the path as undefined, so that every document is in every index.
 *
 * @param keys without the {@code _id}; none twice
 * @param several whether an array was met, so that two conditions on a path may be met by two different keys
 * @param complete whether no value is missing, which a unique index asks for
 */
public record IndexKeys(List<byte[]> keys, boolean several, boolean complete) {
    private static final int MAX_KEYS = 10_000;

    /** The document's keys, however many. */
    static IndexKeys of(Index index, BsonDocument document) {
        return of(index, document, Integer.MAX_VALUE);
    }

    /** @throws BadDocument if arrays multiply to more than 10,000 combinations */
    public static IndexKeys ofNew(Index index, BsonDocument document) {
        return of(index, document, MAX_KEYS);
    }

    private static IndexKeys of(Index index, BsonDocument document, int most) {
        List<byte[]> keys = List.of(new byte[0]);
        boolean several = false;
        boolean complete = true;
        for (FieldPath path : index.paths()) {
            List<BsonValue> leaves = path.leaves(document);
            several |= leaves.size() != 1 || leaves.getFirst() instanceof BsonArray;
            List<byte[]> next = new ArrayList<>(Math.max(1, leaves.size()) * keys.size());
            if (leaves.isEmpty()) {
                complete = false;
                append(keys, new BsonUndefined(), next);
            }
            for (BsonValue leaf : leaves) {
                complete &= leaf != null;
                append(keys, leaf == null ? BsonNull.VALUE : leaf, next);
                if (next.size() > most) {
                    throw new BadDocument("too-many-keys", "arrays make too many keys for the index " + index.name());
                }
            }
            keys = next;
        }
        return new IndexKeys(several ? distinct(keys) : keys, several, complete);
    }

    private static void append(List<byte[]> prefixes, BsonValue value, List<byte[]> into) {
        byte[] suffix = OrderedBytes.of(value);
        prefixes.forEach(prefix -> into.add(prefix.length == 0 ? suffix : ByteKeys.concat(prefix, suffix)));
    }

    private static List<byte[]> distinct(List<byte[]> keys) {
        List<byte[]> sorted = new ArrayList<>(keys);
        sorted.sort(ByteKeys.TYPE);
        List<byte[]> distinct = new ArrayList<>(sorted.size());
        for (byte[] key : sorted) {
            if (distinct.isEmpty() || !Arrays.equals(distinct.getLast(), key)) {
                distinct.add(key);
            }
        }
        return distinct;
    }

    /** The B-tree key: the values' bytes, the document's key, and the latter's length in three bytes so that it is found again. */
    static byte[] entry(byte[] key, byte[] id) {
        byte[] entry = Arrays.copyOf(key, key.length + id.length + 3);
        System.arraycopy(id, 0, entry, key.length, id.length);
        entry[entry.length - 3] = (byte) (id.length >> 16);
        entry[entry.length - 2] = (byte) (id.length >> 8);
        entry[entry.length - 1] = (byte) id.length;
        return entry;
    }

    /** The document's key in a B-tree key. */
    static byte[] id(byte[] entry) {
        int end = entry.length - 3;
        int length = (entry[end] & 0xff) << 16 | (entry[end + 1] & 0xff) << 8 | entry[end + 2] & 0xff;
        return Arrays.copyOfRange(entry, end - length, end);
    }
}
