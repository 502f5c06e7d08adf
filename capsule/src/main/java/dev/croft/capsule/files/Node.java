package dev.croft.capsule.files;

import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;

/**
 * A file or a folder.
 *
 * @param id 0 for the root folder
 * @param size bytes of a file; 0 for a folder
 * @param created microseconds since 1970
 * @param modified microseconds since 1970
 */
public record Node(long id, boolean folder, long size, long created, long modified) {
    /** The root folder's id. */
    public static final long ROOT = 0;

    Node resized(long bytes, long micros) {
        return new Node(id, folder, bytes, created, micros);
    }

    Node times(long createdMicros, long modifiedMicros) {
        return new Node(id, folder, size, createdMicros, modifiedMicros);
    }

    byte[] encode() {
        return new ByteWriter()
                .u8(folder ? 2 : 1)
                .u64(size)
                .u64(created)
                .u64(modified)
                .toBytes();
    }

    static Node decode(long id, byte[] encoded) {
        ByteReader in = new ByteReader(encoded);
        int type = in.u8();
        if (type != 1 && type != 2) {
            throw new Malformed("neither a file nor a folder");
        }
        Node node = new Node(id, type == 2, in.u63(), in.u63(), in.u63());
        in.expectEnd();
        return node;
    }
}
