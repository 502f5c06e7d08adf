package dev.croft.capsule;

/**
 * The flat 256-bit name of a capsule: SHA-256 of its encoded metadata, so that the name itself certifies the keys that
 * may administer and append to it.
 */
public record CapsuleName(Hash hash) implements Comparable<CapsuleName> {
    /**
     * The name written as 64 hex digits.
     *
     * @throws IllegalArgumentException when it is not
     */
    public static CapsuleName parse(String hex) {
        return new CapsuleName(Hash.parse(hex));
    }

    /**
     * The name with these 32 bytes.
     *
     * @throws IllegalArgumentException when there are not 32
     */
    public static CapsuleName of(byte[] bytes) {
        return new CapsuleName(Hash.of(bytes));
    }

    /** A copy of the 32 bytes. */
    public byte[] bytes() {
        return hash.bytes();
    }

    @Override
    public int compareTo(CapsuleName other) {
        return hash.compareTo(other.hash);
    }

    /** 64 hex digits. */
    @Override
    public String toString() {
        return hash.toString();
    }
}
