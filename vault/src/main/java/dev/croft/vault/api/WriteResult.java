package dev.croft.vault.api;

/**
 * What a write did.
 *
 * @param inserted documents added
 * @param matched documents found that were to be changed
 * @param modified documents that are different now
 * @param deleted documents gone
 */
public record WriteResult(long inserted, long matched, long modified, long deleted) {}
