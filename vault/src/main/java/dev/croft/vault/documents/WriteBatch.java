package dev.croft.vault.documents;

import dev.croft.vault.documents.filter.OrderedBytes;
import dev.croft.vault.documents.view.Change;
import dev.croft.vault.documents.view.DocumentView;
import dev.croft.vault.documents.view.IndexKeys;
import dev.croft.vault.documents.view.Snapshot;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.bson.RawBsonDocument;
import org.jspecify.annotations.Nullable;

/**
 * Changes decided but not yet durable: what several writers, one after the other, want done by one append. Each sees the view with the changes of those before it. For
 * one thread.
 */
final class WriteBatch implements AutoCloseable {
    private final DocumentView view;
    private final Schema schema;
    private final Map<String, Snapshot> snapshots = new HashMap<>();
    private final Map<String, Map<ByteBuffer, Pending>> pending = new HashMap<>();
    private final Map<UniqueKey, byte[]> claimed = new HashMap<>();
    private final List<Change> changes = new ArrayList<>();
    private final List<Runnable> undo = new ArrayList<>();
    private long bytes;

    WriteBatch(DocumentView view, Schema schema) {
        this.view = view;
        this.schema = schema;
    }

    private record UniqueKey(String collection, Index index, ByteBuffer key) {}

    private record Pending(byte @Nullable [] document, List<UniqueKey> claims) {}

    List<Change> changes() {
        return changes;
    }

    /** BSON bytes to be written. */
    long bytes() {
        return bytes;
    }

    byte @Nullable [] get(String collection, byte[] key) {
        Pending changed = pending(collection).get(ByteBuffer.wrap(key));
        return changed != null ? changed.document : snapshot(collection).get(key);
    }

    /** The documents that match now, changes of this batch included. */
    Iterator<Query.Hit> matching(String collection, Query query) {
        Map<ByteBuffer, Pending> changed = pending(collection);
        List<Query.Hit> fresh = new ArrayList<>();
        changed.forEach((key, one) -> {
            if (one.document != null) {
                BsonDocument seen = query.match(Query.decode(one.document));
                if (seen != null) {
                    fresh.add(new Query.Hit(key.array(), one.document, seen));
                }
            }
        });
        Iterator<Query.Hit> stored = query.hits(snapshot(collection));
        Iterator<Query.Hit> added = fresh.iterator();
        return new Iterator<>() {
            private Query.@Nullable Hit ready;

            @Override
            public boolean hasNext() {
                while (ready == null && stored.hasNext()) {
                    Query.Hit hit = stored.next();
                    ready = changed.containsKey(ByteBuffer.wrap(hit.key())) ? null : hit;
                }
                if (ready == null && added.hasNext()) {
                    ready = added.next();
                }
                return ready != null;
            }

            @Override
            public Query.Hit next() {
                if (!hasNext() || ready == null) {
                    throw new NoSuchElementException();
                }
                Query.Hit hit = ready;
                ready = null;
                return hit;
            }
        };
    }

    /**
     * The {@code _id} of another document that has the values of a unique index; null if none has.
     *
     * @throws DocumentException.BadDocument if the document makes too many index keys
     */
    @Nullable
    BsonValue rival(String collection, byte[] key, BsonDocument document) {
        for (Index index : schema.of(collection)) {
            IndexKeys keys = IndexKeys.ofNew(index, document);
            if (index.unique() && keys.complete()) {
                for (byte[] indexKey : keys.keys()) {
                    byte[] owner = owner(collection, index, indexKey);
                    if (owner != null && !Arrays.equals(owner, key)) {
                        byte[] other = get(collection, owner);
                        return other == null ? null : new RawBsonDocument(other).get("_id");
                    }
                }
            }
        }
        return null;
    }

    private byte @Nullable [] owner(String collection, Index index, byte[] indexKey) {
        byte[] fresh = claimed.get(new UniqueKey(collection, index, ByteBuffer.wrap(indexKey)));
        if (fresh != null) {
            return fresh;
        }
        byte[] stored = snapshot(collection).owner(index, indexKey);
        // A changed document's old keys are free unless it claims them again.
        return stored == null || pending(collection).containsKey(ByteBuffer.wrap(stored)) ? null : stored;
    }

    void put(String collection, BsonValue id, byte[] document, BsonDocument decoded) {
        Change change = Change.put(collection, id, document);
        List<UniqueKey> claims = new ArrayList<>();
        for (Index index : schema.of(collection)) {
            if (index.unique()) {
                IndexKeys keys = IndexKeys.ofNew(index, decoded);
                if (keys.complete()) {
                    keys.keys().forEach(key -> claims.add(new UniqueKey(collection, index, ByteBuffer.wrap(key))));
                }
            }
        }
        record(change, new Pending(document, claims));
        bytes += document.length;
    }

    void delete(String collection, BsonValue id) {
        record(Change.delete(collection, id), new Pending(null, List.of()));
        bytes += 32;
    }

    private void record(Change change, Pending now) {
        Map<ByteBuffer, Pending> collection = pending(change.collection());
        ByteBuffer key = ByteBuffer.wrap(change.key());
        Pending before = collection.put(key, now);
        release(before);
        claim(now, change.key());
        changes.add(change);
        long bytesBefore = bytes;
        undo.add(() -> {
            release(now);
            claim(before, change.key());
            if (before == null) {
                collection.remove(key);
            } else {
                collection.put(key, before);
            }
            changes.removeLast();
            bytes = bytesBefore;
        });
    }

    private void claim(@Nullable Pending document, byte[] key) {
        if (document != null) {
            document.claims.forEach(claim -> claimed.put(claim, key));
        }
    }

    private void release(@Nullable Pending document) {
        if (document != null) {
            document.claims.forEach(claimed::remove);
        }
    }

    /** Where {@link #rollback} goes back to. */
    int mark() {
        return undo.size();
    }

    /** Forgets what was decided since the mark. */
    void rollback(int mark) {
        while (undo.size() > mark) {
            undo.removeLast().run();
        }
    }

    private Map<ByteBuffer, Pending> pending(String collection) {
        return pending.computeIfAbsent(collection, _ -> new HashMap<>());
    }

    private Snapshot snapshot(String collection) {
        return snapshots.computeIfAbsent(collection, view::snapshot);
    }

    @Override
    public void close() {
        snapshots.values().forEach(Snapshot::close);
    }

    /** The ordered bytes of a document's {@code _id}. */
    static byte[] key(BsonValue id) {
        return OrderedBytes.of(id);
    }
}
