package dev.croft.vault.documents;

import java.util.Map;
import java.util.Optional;

/**
 * What a deletion took away, in the terms that derived data are re-derived by.
 *
 * @param deleted number of documents
 * @param byType their number per value of {@code metadata.key} (empty text: no such value)
 * @param dataTime the span of {@code data.ts} (or {@code data.start_ts} to {@code data.end_ts}) they covered
 * @param writeTime the span of {@code metadata.write_ts}
 */
public record DeleteReport(long deleted, Map<String, Long> byType, Optional<Span> dataTime, Optional<Span> writeTime) {
    public DeleteReport {
        byType = Map.copyOf(byType);
    }

    /** Seconds since 1970, both ends included. */
    public record Span(double from, double to) {}
}
