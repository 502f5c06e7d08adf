package dev.croft.capsule.files;

import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.view.CheckpointedMap;
import dev.croft.capsule.view.Key;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One record of a file system: bytes of files, and what changes in the map. All of a record happens together. Its body is {@code
 * tag || own sequence (8) || data, framed || count (4)}, then for each change {@code 1 || key || value} or {@code 2 || key},
 * each framed. So data begin at {@link #DATA} in the body whatever follows.
 */
final class FileRecord {
    static final String TAG = "croft/files/v1";
    static final int DATA = 2 + TAG.length() + 8 + 4;
    static final int MOST_DATA = 1 << 20;
    static final int MOST_CHANGES = 1 << 17;
    private static final int MOST_KEY = 1024;
    private static final int MOST_VALUE = 64;

    /** One change of the map; no value takes the key away. */
    record Change(byte[] key, Optional<byte[]> value) {}

    private FileRecord() {}

    static byte[] encode(long sequence, byte[] data, Map<Key, Optional<byte[]>> changes) {
        ByteWriter out = new ByteWriter().tag(TAG).u64(sequence).framed(data).u32(changes.size());
        changes.forEach((key, value) -> {
            if (value.isPresent()) {
                out.u8(1).framed(key.bytes()).framed(value.get());
            } else {
                out.u8(2).framed(key.bytes());
            }
        });
        return out.toBytes();
    }

    /**
     * Decodes the changes in the body of the record with this sequence.
     *
     * @throws Malformed when it is none, or that of another place
     */
    static List<Change> decode(long sequence, byte[] body) {
        ByteReader in = new ByteReader(body).expectTag(TAG);
        if (in.u63() != sequence) {
            throw new Malformed("a file system's record out of its place");
        }
        in.skip(in.length(MOST_DATA));
        int count = in.u32();
        if (count < 0 || count > MOST_CHANGES) {
            throw new Malformed("a record has at most " + MOST_CHANGES + " changes");
        }
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int type = in.u8();
            byte[] key = in.framed(MOST_KEY);
            if (type != 1 && type != 2) {
                throw new Malformed("no change has type " + type);
            }
            Optional<byte[]> value = type == 1 ? Optional.of(in.framed(MOST_VALUE)) : Optional.empty();
            check(sequence, key, value);
            changes.add(new Change(key, value));
        }
        in.expectEnd();
        return changes;
    }

    /** Keys and values that no code further in could make sense of are refused here. */
    private static void check(long sequence, byte[] key, Optional<byte[]> value) {
        boolean known = key.length > 0
                && switch (key[0]) {
                    case 'c' -> key.length == 33;
                    case 'e' -> key.length > 9 && key.length <= 9 + Keys.MOST_NAME_BYTES;
                    case 'n' -> key.length == 9;
                    case 'x' -> key.length == 17;
                    default -> false;
                };
        if (!known) {
            throw new Malformed("no key of a file system looks like this");
        }
        if (key[0] == 'e' || key[0] == 'n' || key[0] == 'x') {
            new ByteReader(key, 1, key.length - 1).u63();
        }
        if (key[0] == 'x') {
            Keys.offset(key);
        }
        value.ifPresent(bytes -> {
            switch (key[0]) {
                case 'e' -> id(bytes);
                case 'n' -> Node.decode(Keys.id(key), bytes);
                default -> {
                    Place place = Place.decode(bytes);
                    if (place.record() > sequence || place.offset() < 0 || place.length() < 1) {
                        throw new Malformed("content that is nowhere");
                    }
                }
            }
        });
    }

    static long id(byte[] value) {
        ByteReader in = new ByteReader(value);
        long id = in.u63();
        in.expectEnd();
        return id;
    }

    /** How the map takes these records in. */
    static final class Codec implements CheckpointedMap.Codec {
        private static final byte[] ASCII = TAG.getBytes(StandardCharsets.US_ASCII);

        @Override
        public String kind() {
            return "croft/files";
        }

        @Override
        public boolean knows(byte[] body) {
            return body.length >= DATA && Arrays.equals(body, 2, 2 + ASCII.length, ASCII, 0, ASCII.length);
        }

        @Override
        public void decode(long sequence, byte[] body, CheckpointedMap.Changes into) {
            for (Change change : FileRecord.decode(sequence, body)) {
                into.put(change.key(), change.value().orElse(null));
            }
        }
    }

    /** An empty set of changes, in the order in which they are written. */
    static Map<Key, Optional<byte[]>> changes() {
        return new TreeMap<>();
    }
}
