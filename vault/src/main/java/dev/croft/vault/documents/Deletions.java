package dev.croft.vault.documents;

import dev.croft.vault.documents.DeleteReport.Span;
import dev.croft.vault.documents.filter.FieldPath;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** Adds up a {@link DeleteReport}. */
final class Deletions {
    private static final FieldPath KEY = FieldPath.parse("metadata.key");
    private static final FieldPath WRITE_TIME = FieldPath.parse("metadata.write_ts");
    private static final FieldPath TIME = FieldPath.parse("data.ts");
    private static final FieldPath START = FieldPath.parse("data.start_ts");
    private static final FieldPath END = FieldPath.parse("data.end_ts");

    private final Map<String, Long> byType = new TreeMap<>();
    private @Nullable Span dataTime;
    private @Nullable Span writeTime;
    private long deleted;

    void add(BsonDocument document) {
        deleted++;
        BsonValue key = only(document, KEY);
        byType.merge(key != null && key.isString() ? key.asString().getValue() : "", 1L, Long::sum);
        for (FieldPath path : new FieldPath[] {TIME, START, END}) {
            dataTime = widen(dataTime, only(document, path));
        }
        writeTime = widen(writeTime, only(document, WRITE_TIME));
    }

    DeleteReport report() {
        return new DeleteReport(deleted, byType, Optional.ofNullable(dataTime), Optional.ofNullable(writeTime));
    }

    private static @Nullable BsonValue only(BsonDocument document, FieldPath path) {
        var leaves = path.leaves(document);
        return leaves.size() == 1 ? leaves.getFirst() : null;
    }

    private static @Nullable Span widen(@Nullable Span span, @Nullable BsonValue time) {
        if (time == null || !time.isNumber()) {
            return span;
        }
        double seconds = time.asNumber().doubleValue();
        return span == null
                ? new Span(seconds, seconds)
                : new Span(Math.min(span.from(), seconds), Math.max(span.to(), seconds));
    }
}
