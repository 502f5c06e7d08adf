package dev.croft.capsule;

/**
 * A writer's extra link from a record to an earlier one (a checkpoint, a skip, the head of a branch it merges). It is
 * part of what the record's hash covers.
 *
 * @param sequence the record pointed to
 * @param hash that record's hash
 */
public record HashPointer(long sequence, Hash hash) {
    public HashPointer {
        if (sequence < 0) {
            throw new IllegalArgumentException("a sequence is not negative");
        }
    }
}
