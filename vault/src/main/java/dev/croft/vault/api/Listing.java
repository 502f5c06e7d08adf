package dev.croft.vault.api;

import java.util.List;

/**
 * A part of a list.
 *
 * @param items in order
 * @param next what to pass as {@code from} to read on; equal to {@code end} when nothing is left
 * @param end one past the last
 */
public record Listing<T>(List<T> items, long next, long end) {
    /** Takes its own copy. */
    public Listing {
        items = List.copyOf(items);
    }
}
