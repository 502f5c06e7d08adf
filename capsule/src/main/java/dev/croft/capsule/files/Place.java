package dev.croft.capsule.files;

import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;

/** Where bytes of a file stand: in the body of this record, from this offset on. */
record Place(long record, int offset, int length) {
    Place part(long from, long count) {
        return new Place(record, Math.toIntExact(offset + from), Math.toIntExact(count));
    }

    byte[] encode() {
        return new ByteWriter().u64(record).u32(offset).u32(length).toBytes();
    }

    static Place decode(byte[] encoded) {
        ByteReader in = new ByteReader(encoded);
        Place place = new Place(in.u63(), in.u32(), in.u32());
        in.expectEnd();
        return place;
    }
}
