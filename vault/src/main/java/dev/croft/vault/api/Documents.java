package dev.croft.vault.api;

import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** What is asked of collections and what comes back. Documents travel as MongoDB extended JSON; types of numbers are kept. */
public final class Documents {
    private Documents() {}

    /**
     * Asks for documents.
     *
     * @param filter MongoDB filter
     * @param projection which fields; {@code null}: all
     * @param sort by which fields; {@code null}: in no certain order
     * @param skip how many to leave out first
     * @param limit how many in all; {@code null}: all
     * @param batchSize how many at once; {@code null}: 1000
     */
    public record Find(
            BsonDocument filter,
            @Nullable BsonDocument projection,
            @Nullable BsonDocument sort,
            @Nullable Integer skip,
            @Nullable Integer limit,
            @Nullable Integer batchSize) {
        /** All documents that match. */
        public static Find all(BsonDocument filter) {
            return new Find(filter, null, null, null, null, null);
        }
    }

    /**
     * A batch of documents.
     *
     * @param documents in order
     * @param cursor what to ask the next batch with; {@code null}: there is no more
     */
    public record Page(
            List<BsonDocument> documents, @Nullable String cursor) {}

    /** Asks which documents match. */
    public record Match(BsonDocument filter) {}

    /**
     * How many.
     *
     * @param rewritten grows when a document of the collection, whether it matches or not, was changed or deleted, and stays while documents
     *     are only added: with equal numbers at two times, all documents of the first are there unchanged at the second. {@code null}: not
     *     told under a grant for certain fields or a span of time
     */
    public record Counted(long count, @Nullable Long rewritten) {}

    /** Asks for the distinct values of a dotted path among documents that match. */
    public record Distinct(String field, BsonDocument filter) {}

    /** Distinct values. */
    public record Values(List<BsonValue> values) {}

    /** Documents to insert or upsert. */
    public record Batch(List<BsonDocument> documents) {}

    /**
     * What became of a batch; each document stands for itself.
     *
     * @param taken stored
     * @param replaced stored in place of the one with the same {@code _id}
     * @param alreadyThere left out, because one with its {@code _id} or its unique values is there
     * @param refused left out, because they cannot be stored
     */
    public record Inserted(long taken, long replaced, long alreadyThere, List<Rejection> refused) {}

    /** A document that cannot be stored: its place in the batch, a stable code and why. */
    public record Rejection(int index, String code, String reason) {}

    /**
     * Asks to change documents.
     *
     * @param filter which
     * @param update MongoDB update operators
     * @param many all that match, or the first
     * @param upsert insert one if none matches; {@code null}: no
     */
    public record Update(
            BsonDocument filter,
            BsonDocument update,
            boolean many,
            @Nullable Boolean upsert) {}

    /** Asks to put a document in the place of the first that matches, or to insert it if {@code upsert} says so and none does. */
    public record Replace(
            BsonDocument filter,
            BsonDocument replacement,
            @Nullable Boolean upsert) {}

    /** Asks to delete all documents that match, or the first. */
    public record Delete(BsonDocument filter, boolean many) {}

    /** A collection and how many documents it has, as far as the grant reaches; {@code null}: the grant does not allow to count. */
    public record Collection(String name, @Nullable Long documents) {}

    /**
     * Asks to delete raw entries, each part narrowing the choice; at least one is needed.
     *
     * @param time by their time
     * @param place GeoJSON Polygon or MultiPolygon in which {@code data.loc} lies
     * @param keys by {@code metadata.key}
     * @param shred whether to make the old bytes unreadable too, for whoever has the owner's key as well; takes as long as writing all that
     *     is left once more. {@code null}: no
     */
    public record Forget(
            @Nullable Span time,
            @Nullable BsonDocument place,
            @Nullable List<String> keys,
            @Nullable Boolean shred) {}

    /**
     * What was forgotten.
     *
     * @param deleted raw entries gone
     * @param marked derived documents marked {@code metadata.stale} and hidden from everyone but the owner until derived anew; when shredding,
     *     all derived documents, which are deleted at once
     * @param span what has to be derived anew; {@code null}: nothing
     */
    public record Forgotten(
            long deleted, long marked, @Nullable Span span) {}
}
