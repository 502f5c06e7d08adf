package dev.croft.capsule.view;

import java.util.Arrays;
import java.util.HexFormat;

/** Bytes as a key, in unsigned lexicographic order. The array must not be changed. */
public record Key(byte[] bytes) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Key key && Arrays.equals(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes);
    }
}
