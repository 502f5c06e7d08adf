package dev.croft.vault.documents.view;

import org.jspecify.annotations.Nullable;

/**
 * A range of keys in a B-tree.
 *
 * @param from included
 * @param to excluded; null: to the end
 */
record KeyRange(byte[] from, byte @Nullable [] to) {
    static final KeyRange ALL = new KeyRange(new byte[0], null);

    static KeyRange startingWith(byte[] prefix) {
        return new KeyRange(prefix, ByteKeys.after(prefix));
    }

    boolean isEmpty() {
        return to != null && ByteKeys.TYPE.compare(from, to) >= 0;
    }

    boolean contains(byte[] key) {
        return ByteKeys.TYPE.compare(key, from) >= 0 && (to == null || ByteKeys.TYPE.compare(key, to) < 0);
    }

    KeyRange intersect(KeyRange other) {
        byte[] low = ByteKeys.TYPE.compare(from, other.from) >= 0 ? from : other.from;
        byte[] high =
                to == null ? other.to : other.to == null || ByteKeys.TYPE.compare(to, other.to) <= 0 ? to : other.to;
        return new KeyRange(low, high);
    }

    /** This range of what follows a prefix, as a range of whole keys. */
    KeyRange after(byte[] prefix) {
        return new KeyRange(
                ByteKeys.concat(prefix, from), to == null ? ByteKeys.after(prefix) : ByteKeys.concat(prefix, to));
    }
}
