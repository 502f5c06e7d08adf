package dev.croft.vault.documents;

import dev.croft.vault.documents.view.Snapshot;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.bson.RawBsonDocument;

/** The answers that are being read page by page, each from its own snapshot; bounded in number and by idle time. Thread-safe. */
final class Cursors {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Limits limits;
    private final InstantSource clock;
    private final Map<Long, Open> open = new HashMap<>();

    Cursors(Limits limits, InstantSource clock) {
        this.limits = limits;
        this.clock = clock;
    }

    private static final class Open {
        private final Query query;
        private final ReadScope scope;
        private final Snapshot snapshot;
        private final Iterator<Query.Hit> hits;
        private Instant used;
        private boolean busy = true;

        Open(Query query, ReadScope scope, Snapshot snapshot, Iterator<Query.Hit> hits, Instant used) {
            this.query = query;
            this.scope = scope;
            this.snapshot = snapshot;
            this.hits = hits;
            this.used = used;
        }
    }

    /** Takes over the snapshot. */
    Page open(Query query, ReadScope scope, Snapshot snapshot, int size) {
        Open cursor;
        long id;
        try {
            cursor = new Open(query, scope, snapshot, query.hits(snapshot), clock.instant());
            List<RawBsonDocument> page = page(cursor, size);
            if (!cursor.hits.hasNext()) {
                snapshot.close();
                return new Page(0, page);
            }
            id = register(cursor);
            return new Page(id, page);
        } catch (RuntimeException e) {
            snapshot.close();
            throw e;
        }
    }

    private synchronized long register(Open cursor) {
        expire();
        if (open.size() >= limits.cursors()) {
            throw new DocumentException.LimitReached("open cursors", limits.cursors());
        }
        long id;
        do {
            id = RANDOM.nextLong() & Long.MAX_VALUE;
        } while (id == 0 || open.containsKey(id));
        cursor.busy = false;
        open.put(id, cursor);
        return id;
    }

    Page next(long id, ReadScope scope, int size) {
        Open cursor = take(id, scope);
        boolean more = false;
        cursor.query.resume();
        try {
            List<RawBsonDocument> page = page(cursor, size);
            more = cursor.hits.hasNext();
            return new Page(more ? id : 0, page);
        } finally {
            give(id, cursor, more);
        }
    }

    private synchronized Open take(long id, ReadScope scope) {
        expire();
        Open cursor = open.get(id);
        if (cursor == null || cursor.busy || !cursor.scope.equals(scope)) {
            throw new DocumentException.UnknownCursor(id);
        }
        cursor.busy = true;
        return cursor;
    }

    private synchronized void give(long id, Open cursor, boolean more) {
        cursor.busy = false;
        cursor.used = clock.instant();
        // It may have been closed meanwhile.
        if (!more || !open.containsKey(id)) {
            open.remove(id);
            cursor.snapshot.close();
        }
    }

    private List<RawBsonDocument> page(Open cursor, int size) {
        List<RawBsonDocument> page = new ArrayList<>();
        long bytes = 0;
        while (page.size() < size && bytes < limits.resultBytes() && cursor.hits.hasNext()) {
            RawBsonDocument document = cursor.query.result(cursor.hits.next());
            bytes += document.getByteBuffer().remaining();
            page.add(document);
        }
        return page;
    }

    synchronized void close(long id, ReadScope scope) {
        Open cursor = open.get(id);
        if (cursor != null && cursor.scope.equals(scope)) {
            open.remove(id);
            if (!cursor.busy) {
                cursor.snapshot.close();
            }
        }
    }

    synchronized void closeAll() {
        open.values().stream().filter(cursor -> !cursor.busy).forEach(cursor -> cursor.snapshot.close());
        open.clear();
    }

    private void expire() {
        Instant oldest = clock.instant().minus(limits.cursorIdle());
        open.values().removeIf(cursor -> {
            boolean idle = !cursor.busy && cursor.used.isBefore(oldest);
            if (idle) {
                cursor.snapshot.close();
            }
            return idle;
        });
    }
}
