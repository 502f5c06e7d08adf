package dev.croft.vault.documents;

import java.time.Duration;

/**
 * What one owner's store does at most.
 *
 * @param documentBytes size of one document as BSON
 * @param batchDocuments documents of one insert or upsert
 * @param resultBytes BSON bytes that one answer (a list or a page) holds, and bytes of sort keys that one query holds in memory
 * @param sortedDocuments documents that one query sorts in memory
 * @param cursors cursors open at one time
 * @param cursorIdle how long a cursor lives without being asked
 * @param queryTime how long one query may look at documents
 */
public record Limits(
        int documentBytes,
        int batchDocuments,
        long resultBytes,
        int sortedDocuments,
        int cursors,
        Duration cursorIdle,
        Duration queryTime) {
    /** 256 KiB documents, 10,000 in a batch, 64 MiB answers, a million sorted, 64 cursors for 5 minutes, 60 s of looking. */
    public static final Limits STANDARD =
            new Limits(256 * 1024, 10_000, 64L << 20, 1_000_000, 64, Duration.ofMinutes(5), Duration.ofSeconds(60));
}
