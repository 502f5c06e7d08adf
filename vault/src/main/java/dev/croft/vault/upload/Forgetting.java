package dev.croft.vault.upload;

import dev.croft.vault.api.Documents;
import dev.croft.vault.api.Json;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.Span;
import dev.croft.vault.documents.DocumentStore;
import dev.croft.vault.documents.Find;
import dev.croft.vault.documents.ReadScope;
import dev.croft.vault.documents.Schema;
import dev.croft.vault.documents.filter.Filter;
import dev.croft.vault.documents.filter.Projection;
import dev.croft.vault.documents.update.Update;
import dev.croft.vault.grants.Scopes;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonString;
import org.bson.BsonValue;

/**
 * Deletes raw entries by time, place or type, and sees to what was computed from them: derived documents that overlap the deleted entries in
 * time get {@code metadata.stale: true}, which hides them from every grant but one with {@code rederive}, and the span is put into the
 * collection {@value #REDERIVE}, where it stays until a service has derived everything anew. Both are durable before the first entry goes.
 * What a deriving service kept for its next run goes too, and so do entries that were refused, of which nothing says time or place.
 *
 * <p>When the old bytes are to be shredded as well, all derived documents are deleted at once: a trip begins where the one before it ended,
 * so that any of them may hold a place of the deleted entries.
 *
 * <p>Derived are all documents of the collection {@value #ANALYSIS}, and entries whose {@code metadata.key} begins with {@code analysis/},
 * {@code segmentation/} or {@code inference/}.
 */
public final class Forgetting {
    /** Derived documents. */
    public static final String ANALYSIS = "analysis";
    /** Spans that have to be derived anew: {@code {from, to, requested}}, seconds since the epoch. */
    public static final String REDERIVE = "rederive";
    /** What the pipeline keeps for its next run. */
    public static final String PIPELINE = "pipeline";

    private static final String DERIVED_KEY = "\"metadata.key\": {\"$regex\": \"^(analysis|segmentation|inference)/\"}";
    private static final Update MARK = Update.parse(document("{\"$set\": {\"metadata.stale\": true}}"));

    private Forgetting() {}

    /** Forgets what {@code what} describes. */
    public static Documents.Forgotten forget(DocumentStore documents, Documents.Forget what, InstantSource clock) {
        Filter raw = filter(what).and(parse("{\"$nor\": [{" + DERIVED_KEY + "}]}"));
        double[] range = {Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
        Projection times = Projection.parse(
                document("{\"data.ts\": 1, \"data.start_ts\": 1, \"data.end_ts\": 1, \"metadata.write_ts\": 1}"));
        documents.forEach(
                Find.in(Schema.ENTRIES).where(raw).giving(times), ReadScope.ALL, entry -> widen(range, entry));
        boolean shred = Boolean.TRUE.equals(what.shred());
        Span span = range[0] > range[1] ? null : new Span(range[0], Math.nextUp(range[1]));
        long marked = span == null && !shred ? 0 : outdate(documents, span == null ? Span.ALL : span, shred, clock);
        long deleted = documents.delete(Schema.ENTRIES, raw, 0, ReadScope.ALL).deleted();
        documents.delete(Upload.REFUSED, Filter.EVERYTHING, 0, ReadScope.ALL);
        documents.closeCursors();
        return new Documents.Forgotten(deleted, marked, span);
    }

    /** Sees to it that what was derived is derived anew; how many documents that are. */
    private static long outdate(DocumentStore documents, Span span, boolean all, InstantSource clock) {
        documents.insert(
                REDERIVE,
                List.of(new BsonDocument("from", new BsonDouble(span.from()))
                        .append("to", new BsonDouble(span.to()))
                        .append("requested", new BsonDouble(clock.millis() / 1000.0))),
                ReadScope.ALL);
        documents.delete(PIPELINE, Filter.EVERYTHING, 0, ReadScope.ALL);
        Filter derived = parse("{" + DERIVED_KEY + "}");
        if (all) {
            return documents
                            .delete(ANALYSIS, Filter.EVERYTHING, 0, ReadScope.ALL)
                            .deleted()
                    + documents
                            .delete(Schema.ENTRIES, derived, 0, ReadScope.ALL)
                            .deleted();
        }
        Filter overlapping = overlapping(span);
        return documents
                        .update(ANALYSIS, overlapping, MARK, 0, false, ReadScope.ALL)
                        .matched()
                + documents
                        .update(Schema.ENTRIES, overlapping.and(derived), MARK, 0, false, ReadScope.ALL)
                        .matched();
    }

    /** Whether something waits to be derived anew. */
    public static boolean isDerivingDue(DocumentStore documents) {
        return documents.count(REDERIVE, Filter.EVERYTHING, ReadScope.ALL) > 0;
    }

    private static Filter filter(Documents.Forget what) {
        if (what.time() == null && what.place() == null && what.keys() == null) {
            throw new ProblemException(ProblemCode.MALFORMED_REQUEST, "say what to forget: a time, a place or keys");
        }
        Filter filter = Filter.EVERYTHING;
        if (what.time() != null) {
            filter = filter.and(Scopes.within(what.time()));
        }
        if (what.place() != null) {
            var within = new BsonDocument("$geoWithin", new BsonDocument("$geometry", what.place()));
            filter = filter.and(Filter.parse(new BsonDocument("data.loc", within)));
        }
        if (what.keys() != null) {
            var keys = new BsonArray();
            what.keys().forEach(key -> keys.add(new BsonString(key)));
            filter = filter.and(Filter.parse(new BsonDocument("metadata.key", new BsonDocument("$in", keys))));
        }
        return filter;
    }

    private static void widen(double[] range, BsonDocument entry) {
        BsonDocument data = part(entry, "data");
        boolean timed = widen(range, data, "ts") | widen(range, data, "start_ts") | widen(range, data, "end_ts");
        if (!timed) {
            widen(range, part(entry, "metadata"), "write_ts");
        }
    }

    private static BsonDocument part(BsonDocument entry, String name) {
        return entry.isDocument(name) ? entry.getDocument(name) : new BsonDocument();
    }

    private static boolean widen(double[] range, BsonDocument part, String name) {
        BsonValue time = part.get(name);
        if (time == null || !time.isNumber() || !Double.isFinite(time.asNumber().doubleValue())) {
            return false;
        }
        double seconds = time.asNumber().doubleValue();
        range[0] = Math.min(range[0], seconds);
        range[1] = Math.max(range[1], seconds);
        return true;
    }

    /** Trips and sections by start and end, places by enter and exit (the last one has no exit), points and the rest by their time. */
    private static Filter overlapping(Span span) {
        String before = "{\"$lt\": " + span.to() + "}";
        String after = "{\"$gte\": " + span.from() + "}";
        String absent = "{\"$exists\": false}";
        return parse("{\"$or\": [{\"data.start_ts\": " + before + ", \"data.end_ts\": " + after + "},"
                + "{\"data.enter_ts\": " + before + ", \"$or\": [{\"data.exit_ts\": " + after + "}, {\"data.exit_ts\": "
                + absent
                + "}]}, {\"data.enter_ts\": " + absent + ", \"data.exit_ts\": " + after + "},"
                + "{\"data.ts\": {\"$gte\": " + span.from() + ", \"$lt\": " + span.to() + "}}]}");
    }

    private static Filter parse(String json) {
        return Filter.parse(document(json));
    }

    private static BsonDocument document(String json) {
        return Json.read(json.getBytes(StandardCharsets.UTF_8), BsonDocument.class);
    }
}
