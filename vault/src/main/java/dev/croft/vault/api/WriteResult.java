package dev.croft.vault.api;

/**
 * What an update, replacement or deletion did.
 *
 * @param matched documents found
 * @param modified documents that are different now
 * @param upserted documents made because none was found
 * @param deleted documents gone
 */
public record WriteResult(long matched, long modified, long upserted, long deleted) {}
