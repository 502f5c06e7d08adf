package dev.croft.capsule.kv;

import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.view.CheckpointedMap;
import org.jspecify.annotations.Nullable;

/** Where each key's value stands: record, offset in its body and length. */
final class KeyValueCodec implements CheckpointedMap.Codec {
    static final String KIND = "croft/kv";

    /** A value's place. */
    record Place(long record, int offset, int length) {
        byte[] encode() {
            return new ByteWriter().u64(record).u32(offset).u32(length).toBytes();
        }

        static Place decode(byte[] encoded) {
            ByteReader in = new ByteReader(encoded);
            return new Place(in.u63(), in.u32(), in.u32());
        }
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public boolean knows(byte[] body) {
        return Change.isChange(body);
    }

    @Override
    public void decode(long sequence, byte[] body, CheckpointedMap.Changes into) {
        Change.decode(body, (change, offset) -> into.put(change.key(), place(sequence, change, offset)));
    }

    private static byte @Nullable [] place(long sequence, Change change, int offset) {
        return change instanceof Change.Put put ? new Place(sequence, offset, put.value().length).encode() : null;
    }
}
