package dev.croft.capsule.files;

import dev.croft.capsule.Hash;
import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The keys of the map that a file system is. Each kind begins with a letter of its own. */
final class Keys {
    static final int MOST_NAME_BYTES = 255;

    private Keys() {}

    /** Content that is stored already, by its hash: its {@link Place}. */
    static byte[] content(Hash hash) {
        return new ByteWriter().u8('c').bytes(hash.bytes()).toBytes();
    }

    /** A folder's entry: the id of what has the name. */
    static byte[] entry(long folder, String name) {
        return new ByteWriter()
                .u8('e')
                .u64(folder)
                .bytes(name.getBytes(StandardCharsets.UTF_8))
                .toBytes();
    }

    /** What all entries of a folder begin with. */
    static byte[] entries(long folder) {
        return new ByteWriter().u8('e').u64(folder).toBytes();
    }

    static String name(byte[] entry) {
        return new String(entry, 9, entry.length - 9, StandardCharsets.UTF_8);
    }

    /** A {@link Node}. */
    static byte[] node(long id) {
        return new ByteWriter().u8('n').u64(id).toBytes();
    }

    /** Bytes of a file from this offset on: their {@link Place}. */
    static byte[] extent(long node, long offset) {
        return new ByteWriter().u8('x').u64(node).u64(offset).toBytes();
    }

    /** Whether a key is of an extent of this file, or of a folder's entry: it begins with the same letter and id. */
    static boolean sameOwner(byte[] key, byte[] other) {
        return key.length >= 9 && other.length >= 9 && Arrays.equals(key, 0, 9, other, 0, 9);
    }

    /** The offset that an extent's key ends with. */
    static long offset(byte[] extent) {
        return new ByteReader(extent, 9, 8).u63();
    }

    /** The id that a node's key ends with. */
    static long id(byte[] node) {
        return new ByteReader(node, 1, 8).u63();
    }
}
