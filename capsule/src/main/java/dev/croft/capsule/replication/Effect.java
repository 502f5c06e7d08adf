package dev.croft.capsule.replication;

import dev.croft.capsule.Standing;

/** One durable change to a replica's pieces. */
public sealed interface Effect {
    /** Frames go on from a piece's tip. */
    record Extend(int piece, byte[] frames, Standing tip) implements Effect {}

    /** A new piece begins: a branch, or what stands behind a hole. */
    record Begin(int piece, Standing base, byte[] frames, Standing tip) implements Effect {}

    /** Another piece begins where this one ends now; it becomes its continuation. */
    record Join(int piece, int other) implements Effect {}

    /** Evidence is kept. */
    record Keep(Fork evidence) implements Effect {}
}
