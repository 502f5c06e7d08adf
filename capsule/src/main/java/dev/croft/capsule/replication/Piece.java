package dev.croft.capsule.replication;

import dev.croft.capsule.Standing;

/**
 * An unbroken part of a capsule's history that a replica holds. Piece {@link #MAIN} begins at the beginning. Another one begins where it
 * branches off, or behind a hole: records that the replica lacks as yet.
 *
 * @param number tells it from the replica's other pieces
 * @param base where it begins
 * @param tip where it ends
 */
public record Piece(int number, Standing base, Standing tip) {
    /** The piece that every replica has from the start, empty at first. */
    public static final int MAIN = 0;

    Piece withTip(Standing other) {
        return new Piece(number, base, other);
    }

    boolean isEmpty() {
        return base.equals(tip);
    }
}
