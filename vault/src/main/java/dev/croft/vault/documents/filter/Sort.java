package dev.croft.vault.documents.filter;

import dev.croft.vault.documents.DocumentException.BadQuery;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bson.BsonDocument;
import org.bson.BsonNull;
import org.bson.BsonUndefined;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * An order of documents: by the first key, then the next. A missing field sorts as null, an array by its least element (its greatest when
 * descending), an empty array below null. Documents equal in all keys are ordered by {@code _id}, in the direction of the last key.
 *
 * @param keys empty: no particular order
 */
public record Sort(List<Key> keys) {
    /** No particular order. */
    public static final Sort NONE = new Sort(List.of());

    private static final int MAX_KEYS = 32;

    public Sort {
        keys = List.copyOf(keys);
    }

    /** One field to sort by. */
    public record Key(FieldPath path, boolean ascending) {}

    /** Ascending by one path. */
    public static Sort ascending(String path) {
        return new Sort(List.of(new Key(FieldPath.parse(path), true)));
    }

    /** Descending by one path. */
    public static Sort descending(String path) {
        return new Sort(List.of(new Key(FieldPath.parse(path), false)));
    }

    /**
     * Compiles {@code {"data.ts": 1, "_id": -1}}.
     *
     * @throws BadQuery if a direction is neither 1 nor -1, or there are more than 32 keys
     */
    public static Sort parse(BsonDocument sort) {
        if (sort.size() > MAX_KEYS) {
            throw new BadQuery("sort", "a sort has at most " + MAX_KEYS + " keys");
        }
        List<Key> keys = new ArrayList<>();
        for (Map.Entry<String, BsonValue> entry : sort.entrySet()) {
            double direction =
                    entry.getValue().isNumber() ? entry.getValue().asNumber().doubleValue() : Double.NaN;
            if (direction != 1 && direction != -1) {
                throw new BadQuery(FieldPath.shorten(entry.getKey()), "a sort key's direction is 1 or -1");
            }
            keys.add(new Key(FieldPath.parse(entry.getKey()), direction == 1));
        }
        return new Sort(keys);
    }

    /**
     * The document's place in this order: comparing these bytes as unsigned compares documents.
     *
     * @param tie what orders documents that are equal in all keys; prefix-free
     */
    public byte[] place(BsonDocument document, byte[] tie) {
        OrderedBytes bytes = new OrderedBytes();
        boolean ascending = true;
        for (Key key : keys) {
            ascending = key.ascending;
            bytes.inverted(!ascending).value(extreme(key.path.leaves(document), ascending));
        }
        return bytes.inverted(!ascending).raw(tie).toByteArray();
    }

    private static BsonValue extreme(List<@Nullable BsonValue> leaves, boolean least) {
        BsonValue best = null;
        for (BsonValue leaf : leaves) {
            BsonValue value = sortable(leaf);
            if (best == null || (BsonOrder.ORDER.compare(value, best) < 0) == least) {
                best = value;
            }
        }
        return best == null ? BsonNull.VALUE : best;
    }

    private static BsonValue sortable(@Nullable BsonValue leaf) {
        if (leaf == null) {
            return BsonNull.VALUE;
        }
        return leaf.isArray() && leaf.asArray().isEmpty() ? new BsonUndefined() : leaf;
    }
}
