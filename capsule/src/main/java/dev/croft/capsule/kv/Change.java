package dev.croft.capsule.kv;

import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a record of a key-value capsule says about one key. All changes of one record happen together: append what {@link
 * #encode} gives with {@code CapsuleWriter.append}.
 */
public sealed interface Change {
    /** What a record of this view begins with. */
    String TAG = "croft/kv/v1";

    /** Most bytes in a key. */
    int MOST_KEY_BYTES = 4096;

    /** Most changes in one record. */
    int MOST_CHANGES = 1 << 16;

    /** The key's bytes, 1 to {@link #MOST_KEY_BYTES}. */
    byte[] key();

    /** The key has this value from now on. */
    record Put(byte[] key, byte[] value) implements Change {}

    /** The key has no value from now on. */
    record Delete(byte[] key) implements Change {}

    /** A record's body: {@code tag || count (4)}, then for each change {@code type (1) || key || value}, both framed. */
    static byte[] encode(List<? extends Change> changes) {
        if (changes.isEmpty() || changes.size() > MOST_CHANGES) {
            throw new IllegalArgumentException("a record has 1 to " + MOST_CHANGES + " changes");
        }
        ByteWriter out = new ByteWriter().tag(TAG).u32(changes.size());
        for (Change change : changes) {
            if (change.key().length == 0 || change.key().length > MOST_KEY_BYTES) {
                throw new IllegalArgumentException("a key has 1 to " + MOST_KEY_BYTES + " bytes");
            }
            switch (change) {
                case Put(byte[] key, byte[] value) -> out.u8(1).framed(key).framed(value);
                case Delete(byte[] key) -> out.u8(2).framed(key);
            }
        }
        return out.toBytes();
    }

    /**
     * Decodes a record's body.
     *
     * @throws Malformed when it is none
     */
    static List<Change> decode(byte[] body) {
        List<Change> changes = new ArrayList<>();
        decode(body, (change, _) -> changes.add(change));
        return changes;
    }

    /** Takes a change, and where in the body its value begins. */
    @FunctionalInterface
    interface Visitor {
        void change(Change change, int offset);
    }

    /** As {@link #decode(byte[])}, one change after the other. */
    static void decode(byte[] body, Visitor visitor) {
        ByteReader in = new ByteReader(body).expectTag(TAG);
        int count = in.u32();
        if (count < 1 || count > MOST_CHANGES) {
            throw new Malformed("a record has 1 to " + MOST_CHANGES + " changes");
        }
        for (int i = 0; i < count; i++) {
            int type = in.u8();
            byte[] key = in.framed(MOST_KEY_BYTES);
            if (key.length == 0) {
                throw new Malformed("a key has 1 to " + MOST_KEY_BYTES + " bytes");
            }
            Change change = switch (type) {
                case 1 -> new Put(key, in.framed(body.length));
                case 2 -> new Delete(key);
                default -> throw new Malformed("no change has type " + type);
            };
            int length = change instanceof Put put ? put.value().length : 0;
            visitor.change(change, body.length - in.remaining() - length);
        }
        in.expectEnd();
    }

    /** Whether a body says that it is a record of this view. */
    static boolean isChange(byte[] body) {
        return body.length >= 2 + TAG.length()
                && Arrays.equals(body, 2, 2 + TAG.length(), TAG.getBytes(StandardCharsets.US_ASCII), 0, TAG.length());
    }
}
