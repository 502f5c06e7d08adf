package dev.croft.vault.documents;

import dev.croft.vault.documents.filter.BsonOrder;
import dev.croft.vault.documents.filter.FieldPath;
import dev.croft.vault.documents.filter.Filter;
import dev.croft.vault.documents.update.Update;
import dev.croft.vault.documents.view.Snapshot;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.bson.RawBsonDocument;

/**
 * One owner's documents. A write is validated, encoded, appended to the log (many writers share one fsync), put into the view and then
 * acknowledged; who reads afterwards sees it. The view is a cache: lagging it is replayed, missing or damaged it is rebuilt from
 * the log. Thread-safe; every call may block, so call from virtual threads.
 *
 * <p>Every method takes the {@link ReadScope} of the caller, {@link ReadScope#ALL} for the owner, and throws {@link DocumentException}.
 *
 * <p>Deleting takes a document out of the view and of every later view, but its bytes stay in the log's old records and may stay in free
 * blocks of the view's file. To shred them: rotate the data capsule's epoch, {@link #rewrite}, shred every epoch before the rotation, and
 * then {@link #renewView}.
 */
public final class DocumentStore implements AutoCloseable {
    private final DocumentLog log;
    private final Limits limits;
    private final LiveView live;
    private final Writer writer;
    private final Cursors cursors;
    private final byte[] tieKey;

    private DocumentStore(
            DocumentLog log, LiveView live, Schema schema, Limits limits, InstantSource clock, byte[] tieKey) {
        this.log = log;
        this.live = live;
        this.limits = limits;
        this.writer = new Writer(log, live, schema);
        this.cursors = new Cursors(limits, clock);
        this.tieKey = tieKey;
    }

    /**
     * Opens the view and brings it up to the log's end.
     *
     * @param viewFile need not exist
     * @param viewKey 32 bytes; copied
     * @throws IllegalStateException if another process has the view open
     */
    public static DocumentStore open(
            DocumentLog log, Path viewFile, byte[] viewKey, Schema schema, Limits limits, InstantSource clock) {
        if (viewKey.length != 32) {
            throw new IllegalArgumentException("a view key has 32 bytes");
        }
        byte[] tieKey = mac(viewKey, "croft/view/v1/tie".getBytes(StandardCharsets.US_ASCII));
        return new DocumentStore(log, new LiveView(log, viewFile, viewKey, schema), schema, limits, clock, tieKey);
    }

    /** Stores documents that are not there yet, each by itself; one without {@code _id} gets one. Outcomes come in the order of the documents. */
    public List<WriteOutcome> insert(String collection, List<? extends BsonDocument> documents, ReadScope scope) {
        Writes writes = writes(collection, scope);
        return eachOf(documents, writes, writes::insert);
    }

    /** Stores documents, each in place of the one with its {@code _id} if there is one. */
    public List<WriteOutcome> upsert(String collection, List<? extends BsonDocument> documents, ReadScope scope) {
        Writes writes = writes(collection, scope);
        return eachOf(documents, writes, writes::upsert);
    }

    private List<WriteOutcome> eachOf(
            List<? extends BsonDocument> documents,
            Writes writes,
            BiFunction<WriteBatch, Validation.Checked, WriteOutcome> write) {
        if (documents.size() > limits.batchDocuments()) {
            throw new DocumentException.LimitReached("documents of a batch", limits.batchDocuments());
        }
        List<Writes.Incoming> incoming = new ArrayList<>(documents.size());
        documents.forEach(document -> incoming.add(writes.check(document)));
        return writer.submit(batch -> {
            List<WriteOutcome> outcomes = new ArrayList<>(incoming.size());
            for (Writes.Incoming one : incoming) {
                outcomes.add(
                        switch (one) {
                            case Writes.Incoming.Fit(var checked) -> write.apply(batch, checked);
                            case Writes.Incoming.Unfit(var refused) -> refused;
                        });
            }
            return outcomes;
        });
    }

    /**
     * Updates the documents that match.
     *
     * @param limit how many at most; 0 for all
     * @param upsert whether to make a document of the filter's equalities and the update if none matches
     */
    public UpdateReport update(
            String collection, Filter filter, Update update, long limit, boolean upsert, ReadScope scope) {
        Writes writes = writes(collection, scope);
        BulkChange.Done done = bulk(collection, filter, limit, scope)
                .run(
                        (batch, hit) -> writes.update(batch, hit, update),
                        batch -> upsert ? writes.make(batch, update.apply(Writes.fixedBy(filter))) : Optional.empty(),
                        _ -> {});
        return new UpdateReport(done.matched(), done.modified(), done.made());
    }

    /** Puts a document, which keeps the {@code _id}, in place of the first that matches. */
    public UpdateReport replace(
            String collection, Filter filter, BsonDocument replacement, boolean upsert, ReadScope scope) {
        Writes writes = writes(collection, scope);
        BsonDocument safe = Validation.shallow(replacement, limits);
        BulkChange.Done done = bulk(collection, filter, 1, scope)
                .run(
                        (batch, hit) -> writes.replace(batch, hit, safe),
                        batch -> upsert ? writes.make(batch, madeBy(filter, safe)) : Optional.empty(),
                        _ -> {});
        return new UpdateReport(done.matched(), done.modified(), done.made());
    }

    private static BsonDocument madeBy(Filter filter, BsonDocument replacement) {
        BsonValue id = Writes.fixedBy(filter).get("_id");
        if (id == null || replacement.containsKey("_id")) {
            return replacement;
        }
        BsonDocument document = new BsonDocument("_id", id);
        document.putAll(replacement);
        return document;
    }

    /** Deletes the documents that match; at most {@code limit}, 0 for all. */
    public DeleteReport delete(String collection, Filter filter, long limit, ReadScope scope) {
        Query query = query(Find.in(collection).where(filter), scope);
        Deletions deletions = new Deletions();
        bulk(collection, filter, limit, scope)
                .run(
                        (batch, hit) -> {
                            batch.delete(collection, Query.id(Query.decode(hit.bytes())));
                            return true;
                        },
                        _ -> Optional.empty(),
                        hit -> deletions.add(query.seen(hit)));
        return deletions.report();
    }

    private BulkChange bulk(String collection, Filter filter, long limit, ReadScope scope) {
        return new BulkChange(
                writer, live, collection, query(Find.in(collection).where(filter), scope), limit);
    }

    /** The documents that match, as one list bounded by {@link Limits#resultBytes}. */
    public List<RawBsonDocument> find(Find find, ReadScope scope) {
        return reading(find, scope, (query, snapshot) -> {
            List<RawBsonDocument> documents = new ArrayList<>();
            long bytes = 0;
            for (Iterator<Query.Hit> hits = query.hits(snapshot); hits.hasNext(); ) {
                RawBsonDocument document = query.result(hits.next());
                bytes += document.getByteBuffer().remaining();
                if (bytes > limits.resultBytes()) {
                    throw new DocumentException.LimitReached("bytes of an answer", limits.resultBytes());
                }
                documents.add(document);
            }
            return documents;
        });
    }

    /** Hands over each document that matches, as of the moment of the call, without holding them all. If the view turns out damaged on the way it starts anew and may hand a document over twice. */
    public void forEach(Find find, ReadScope scope, Consumer<RawBsonDocument> consumer) {
        reading(find, scope, (query, snapshot) -> {
            query.hits(snapshot).forEachRemaining(hit -> consumer.accept(query.result(hit)));
            return true;
        });
    }

    /** The first {@code size} documents and a cursor for the rest, which stays as of this moment whatever is written meanwhile. */
    public Page open(Find find, int size, ReadScope scope) {
        atLeastOne(size);
        Query query = query(find, scope);
        return live.read(view -> cursors.open(query, scope, view.snapshot(find.collection()), size));
    }

    /** The next documents of a cursor opened with the same scope. */
    public Page next(long cursor, int size, ReadScope scope) {
        atLeastOne(size);
        live.view();
        try {
            return cursors.next(cursor, scope, size);
        } catch (DocumentException.ViewDamaged _) {
            // The moment it was of is gone with the view.
            throw new DocumentException.UnknownCursor(cursor);
        }
    }

    private static void atLeastOne(int size) {
        if (size < 1) {
            throw new DocumentException.BadQuery("batchSize", "a page has at least one document");
        }
    }

    /** Forgets a cursor; one that is not there is no error. */
    public void close(long cursor, ReadScope scope) {
        cursors.close(cursor, scope);
    }

    /** How many documents match. */
    public long count(String collection, Filter filter, ReadScope scope) {
        return reading(Find.in(collection).where(filter), scope, Query::count);
    }

    /**
     * Tells whether documents of a collection have been changed or deleted: a number that grows when one was, and stays while documents are
     * only added. Where the view was made anew it may grow without cause.
     */
    public long rewritten(String collection) {
        Validation.collection(collection);
        return live.read(view -> view.rewritten(collection));
    }

    /** The different values at a path, elements of arrays each by itself, in order. */
    public List<BsonValue> distinct(String collection, FieldPath path, Filter filter, ReadScope scope) {
        scope.admit(List.of(path));
        return reading(Find.in(collection).where(filter), scope, (query, snapshot) -> {
            TreeSet<BsonValue> values = new TreeSet<>(BsonOrder.ORDER);
            query.hits(snapshot).forEachRemaining(hit -> {
                for (BsonValue value : path.leaves(query.seen(hit))) {
                    if (value != null) {
                        values.add(value);
                    }
                }
                if (values.size() > limits.batchDocuments()) {
                    throw new DocumentException.LimitReached("different values", limits.batchDocuments());
                }
            });
            return new ArrayList<>(values);
        });
    }

    /** How {@link #find} would go about it; for the owner, since it tells of hidden fields. */
    public Explain explain(Find find) {
        return reading(find, ReadScope.ALL, Query::explain);
    }

    /** The collections that hold documents, in order. */
    public List<String> collections() {
        return live.read(view -> view.collections());
    }

    /**
     * Writes every stored document to the log again and returns a sequence before which no record is needed any more: the records before it may be shredded, and with
     * them the bytes of all deleted documents and old versions.
     */
    public long rewrite() {
        long from = log.next();
        for (String collection : collections()) {
            List<byte[]> keys = new ArrayList<>();
            reading(Find.in(collection), ReadScope.ALL, (query, snapshot) -> {
                keys.clear();
                query.hits(snapshot).forEachRemaining(hit -> keys.add(hit.key()));
                return true;
            });
            for (int i = 0; i < keys.size(); i += BulkChange.BATCH) {
                List<byte[]> some = keys.subList(i, Math.min(keys.size(), i + BulkChange.BATCH));
                writer.submit(batch -> {
                    for (byte[] key : some) {
                        byte[] bytes = batch.get(collection, key);
                        if (bytes != null) {
                            BsonDocument document = Query.decode(bytes);
                            batch.put(collection, Query.id(document), bytes, document);
                        }
                    }
                    return true;
                });
            }
        }
        // A view that lags behind what will be shredded could not be caught up.
        live.read(view -> {
            view.save();
            return true;
        });
        return from;
    }

    /** Ends every answer that is being read page by page: the rest of it may hold what was deleted since. */
    public void closeCursors() {
        cursors.closeAll();
    }

    /** Makes the view's file anew from the log, so that none of its blocks holds what was deleted. */
    public void renewView() {
        cursors.closeAll();
        live.replace(live.view());
    }

    private <T> T reading(Find find, ReadScope scope, BiFunction<Query, Snapshot, T> reading) {
        Query query = query(find, scope);
        return live.read(view -> {
            try (Snapshot snapshot = view.snapshot(find.collection())) {
                return reading.apply(query, snapshot);
            }
        });
    }

    private Query query(Find find, ReadScope scope) {
        Validation.collection(find.collection());
        return new Query(find, scope, limits, key -> mac(tieKey, key));
    }

    private Writes writes(String collection, ReadScope scope) {
        Validation.collection(collection);
        scope.admit(collection);
        return new Writes(collection, scope, limits);
    }

    private static byte[] mac(byte[] key, byte[] message) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(message);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    /** Commits the view and lets go of it; the log stays open. */
    @Override
    public void close() {
        cursors.closeAll();
        live.close();
    }
}
