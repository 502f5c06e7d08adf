package dev.croft.vault.documents;

import dev.croft.vault.documents.filter.FieldPath;
import dev.croft.vault.documents.filter.Filter;
import dev.croft.vault.documents.update.Update;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.bson.RawBsonDocument;

/**
 * One owner's documents. A write is validated, encoded, appended to the log (many writers share one fsync), put into the view and then
 * acknowledged; who reads afterwards sees it. The view is a cache: lagging it is replayed, missing or damaged it is rebuilt from
 * the log. Thread-safe; every call may block, so call from virtual threads.
 *
 * <p>Every method takes the {@link ReadScope} of the caller, {@link ReadScope#ALL} for the owner, and throws {@link DocumentException}.
 */
public final class DocumentStore implements AutoCloseable {
    private DocumentStore() {}

    /**
     * Opens the view and brings it up to the log's end.
     *
     * @param viewFile need not exist
     * @param viewKey 32 bytes; copied
     */
    public static DocumentStore open(
            DocumentLog log, Path viewFile, byte[] viewKey, Schema schema, Limits limits, InstantSource clock) {
        throw new UnsupportedOperationException();
    }

    /** Stores documents that are not there yet, each by itself; one without {@code _id} gets one. Outcomes come in the order of the documents. */
    public List<WriteOutcome> insert(String collection, List<? extends BsonDocument> documents, ReadScope scope) {
        throw new UnsupportedOperationException();
    }

    /** Stores documents, each in place of the one with its {@code _id} if there is one. */
    public List<WriteOutcome> upsert(String collection, List<? extends BsonDocument> documents, ReadScope scope) {
        throw new UnsupportedOperationException();
    }

    /**
     * Updates the documents that match.
     *
     * @param limit how many at most; 0 for all
     * @param upsert whether to make a document of the filter's equalities and the update if none matches
     */
    public UpdateReport update(
            String collection, Filter filter, Update update, long limit, boolean upsert, ReadScope scope) {
        throw new UnsupportedOperationException();
    }

    /** Puts a document, which keeps the {@code _id}, in place of the first that matches. */
    public UpdateReport replace(
            String collection, Filter filter, BsonDocument replacement, boolean upsert, ReadScope scope) {
        throw new UnsupportedOperationException();
    }

    /** Deletes the documents that match; at most {@code limit}, 0 for all. */
    public DeleteReport delete(String collection, Filter filter, long limit, ReadScope scope) {
        throw new UnsupportedOperationException();
    }

    /** The documents that match, as one list bounded by {@link Limits#resultBytes}. */
    public List<RawBsonDocument> find(Find find, ReadScope scope) {
        throw new UnsupportedOperationException();
    }

    /** Hands over each document that matches, as of the moment of the call, without holding them all. */
    public void forEach(Find find, ReadScope scope, Consumer<RawBsonDocument> consumer) {
        throw new UnsupportedOperationException();
    }

    /** The first {@code size} documents and a cursor for the rest, which stays as of this moment whatever is written meanwhile. */
    public Page open(Find find, int size, ReadScope scope) {
        throw new UnsupportedOperationException();
    }

    /** The next documents of a cursor opened with the same scope. */
    public Page next(long cursor, int size, ReadScope scope) {
        throw new UnsupportedOperationException();
    }

    /** Forgets a cursor; one that is not there is no error. */
    public void close(long cursor, ReadScope scope) {
        throw new UnsupportedOperationException();
    }

    /** How many documents match. */
    public long count(String collection, Filter filter, ReadScope scope) {
        throw new UnsupportedOperationException();
    }

    /** The different values at a path, elements of arrays each by itself, in order. */
    public List<BsonValue> distinct(String collection, FieldPath path, Filter filter, ReadScope scope) {
        throw new UnsupportedOperationException();
    }

    /** How {@link #find} would go about it; for the owner, since it tells of hidden fields. */
    public Explain explain(Find find) {
        throw new UnsupportedOperationException();
    }

    /** The collections that hold documents, in order. */
    public List<String> collections() {
        throw new UnsupportedOperationException();
    }

    /** Commits the view and lets go of it; the log stays open. */
    @Override
    public void close() {}
}
