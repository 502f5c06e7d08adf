package dev.croft.vault.documents;

import dev.croft.vault.documents.filter.Filter;
import dev.croft.vault.documents.filter.OrderedBytes;
import dev.croft.vault.documents.filter.Projection;
import dev.croft.vault.documents.filter.Sort;
import dev.croft.vault.documents.view.Bson;
import dev.croft.vault.documents.view.Plan;
import dev.croft.vault.documents.view.Snapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.PriorityQueue;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonValue;
import org.bson.RawBsonDocument;
import org.jspecify.annotations.Nullable;

/**
 * One question within one scope. The holder's conditions, order and projection see documents only as cut down by the scope; an index
 * serves them where it holds exactly what the holder sees.
 */
final class Query {
    private final Find find;
    private final ReadScope scope;
    private final Limits limits;
    private final TieBreak tieBreak;
    private final Projection visible;
    private final Optional<Filter.NearField> near;
    private volatile long deadline;

    /** Orders documents that are equal otherwise; hides the order of hidden {@code _id}s behind a keyed hash. */
    interface TieBreak {
        byte[] of(byte[] key);
    }

    /** @param hidden the tie-break for scopes that hide {@code _id} */
    Query(Find find, ReadScope scope, Limits limits, TieBreak hidden) {
        scope.admit(find.collection());
        scope.admit(find.filter().paths());
        scope.admit(find.sort().keys().stream().map(Sort.Key::path).toList());
        this.find = find;
        this.scope = scope;
        this.limits = limits;
        this.tieBreak = scope.showsId() ? key -> key : hidden;
        this.visible = scope.visible();
        this.near = find.filter().near();
        resume();
    }

    /** Gives the query its time anew: for the next page of a cursor. */
    final void resume() {
        deadline = System.nanoTime() + limits.queryTime().toNanos();
    }

    /**
     * A document that matches.
     *
     * @param key its ordered {@code _id}
     * @param bytes the whole document
     * @param seen the document as the scope shows it; null: not decoded yet
     */
    record Hit(byte[] key, byte[] bytes, @Nullable BsonDocument seen) {}

    Plan plan(Snapshot snapshot) {
        List<Filter> usable = new ArrayList<>(scope.mandatory().conjuncts());
        boolean all = true;
        for (Filter part : find.filter().conjuncts()) {
            if (part.paths().stream().allMatch(scope::covers)) {
                usable.add(part);
            } else {
                all = false;
            }
        }
        boolean sortByIndex = near.isEmpty()
                && scope.showsId()
                && find.sort().keys().stream().allMatch(key -> scope.covers(key.path()));
        return snapshot.plan(new Plan.Question(usable, all, find.sort(), sortByIndex));
    }

    /** The matching documents of the snapshot in order, skipped and limited. */
    Iterator<Hit> hits(Snapshot snapshot) {
        Plan plan = plan(snapshot);
        Iterator<Hit> hits = isOrdered(plan) ? matches(snapshot, plan) : sorted(snapshot, plan);
        for (long i = 0; i < find.skip() && hits.hasNext(); i++) {
            hits.next();
        }
        return find.limit() == 0 ? hits : limited(hits, find.limit());
    }

    /** Whether the plan's own order will do. In a scope with hidden fields it must not be the order of an index on one of them. */
    private boolean isOrdered(Plan plan) {
        if (near.isPresent() || !find.sort().keys().isEmpty()) {
            return near.isEmpty() && plan.sorted();
        }
        return scope.showsId()
                && plan.index()
                        .map(index -> index.paths().stream().allMatch(scope::covers))
                        .orElse(true);
    }

    long count(Snapshot snapshot) {
        Plan plan = plan(snapshot);
        long count = 0;
        if (plan.covered()) {
            for (Iterator<Snapshot.Candidate> all = snapshot.candidates(plan); all.hasNext(); all.next()) {
                tick(count++);
            }
        } else {
            for (Iterator<Hit> all = matches(snapshot, plan); all.hasNext(); all.next()) {
                count++;
            }
        }
        long rest = Math.max(0, count - find.skip());
        return find.limit() == 0 ? rest : Math.min(rest, find.limit());
    }

    Explain explain(Snapshot snapshot) {
        Plan plan = plan(snapshot);
        return new Explain(
                plan.name(), plan.ranges().size(), !find.sort().keys().isEmpty() && isOrdered(plan), plan.covered());
    }

    /** The document as the scope shows it if it matches; null if not. */
    @Nullable
    BsonDocument match(BsonDocument whole) {
        if (!scope.mandatory().matches(whole)) {
            return null;
        }
        BsonDocument seen = visible.apply(whole);
        return find.filter().matches(seen) ? seen : null;
    }

    /** The document with this key as a hit if it is there and matches; null if not. */
    @Nullable
    Hit match(byte[] key, byte @Nullable [] bytes) {
        BsonDocument seen = bytes == null ? null : match(decode(bytes));
        return bytes == null || seen == null ? null : new Hit(key, bytes, seen);
    }

    /** What the holder gets of a hit. */
    RawBsonDocument result(Hit hit) {
        if (visible.isWhole() && find.projection().isWhole()) {
            return new RawBsonDocument(hit.bytes);
        }
        return new RawBsonDocument(Bson.encode(find.projection().apply(seen(hit))));
    }

    BsonDocument seen(Hit hit) {
        return hit.seen != null ? hit.seen : visible.apply(decode(hit.bytes));
    }

    static BsonDocument decode(byte[] bytes) {
        return Bson.decode(new RawBsonDocument(bytes));
    }

    /** The {@code _id}, which every stored document has. */
    static BsonValue id(BsonDocument stored) {
        BsonValue id = stored.get("_id");
        if (id == null) {
            throw new DocumentException.ViewDamaged("a stored document has no _id", null);
        }
        return id;
    }

    /** All matching documents in the plan's order. */
    private Iterator<Hit> matches(Snapshot snapshot, Plan plan) {
        Iterator<Snapshot.Candidate> candidates = snapshot.candidates(plan);
        return new Iterator<>() {
            private @Nullable Hit ready;
            private long looked;

            @Override
            public boolean hasNext() {
                while (ready == null && candidates.hasNext()) {
                    tick(looked++);
                    Snapshot.Candidate candidate = candidates.next();
                    byte[] bytes = candidate.document() != null ? candidate.document() : get(snapshot, candidate.key());
                    if (plan.covered()) {
                        ready = new Hit(candidate.key(), bytes, null);
                    } else {
                        BsonDocument seen = match(decode(bytes));
                        ready = seen == null ? null : new Hit(candidate.key(), bytes, seen);
                    }
                }
                return ready != null;
            }

            @Override
            public Hit next() {
                if (!hasNext() || ready == null) {
                    throw new NoSuchElementException();
                }
                Hit hit = ready;
                ready = null;
                return hit;
            }
        };
    }

    private static byte[] get(Snapshot snapshot, byte[] key) {
        byte[] bytes = snapshot.get(key);
        if (bytes == null) {
            throw new DocumentException.ViewDamaged("an index names a document that is not there", null);
        }
        return bytes;
    }

    private record Placed(byte[] place, byte[] key) {
        int size() {
            return place.length + key.length;
        }
    }

    private Iterator<Hit> sorted(Snapshot snapshot, Plan plan) {
        Comparator<Placed> order = (a, b) -> Arrays.compareUnsigned(a.place, b.place);
        long wanted = find.limit() == 0
                ? Long.MAX_VALUE
                : Math.addExact(Math.min(find.skip(), 1L << 40), Math.min(find.limit(), 1L << 40));
        PriorityQueue<Placed> last = new PriorityQueue<>(order.reversed());
        long bytes = 0;
        for (Iterator<Hit> all = matches(snapshot, plan); all.hasNext(); ) {
            Hit hit = all.next();
            Placed placed = new Placed(place(hit), hit.key);
            last.add(placed);
            bytes += placed.size();
            if (last.size() > wanted) {
                bytes -= last.remove().size();
            }
            if (bytes > limits.resultBytes()) {
                throw new DocumentException.LimitReached("bytes of sort keys", limits.resultBytes());
            }
            if (last.size() > limits.sortedDocuments()) {
                throw new DocumentException.LimitReached("documents sorted in memory", limits.sortedDocuments());
            }
        }
        Placed[] placed = last.toArray(Placed[]::new);
        Arrays.sort(placed, order);
        return Arrays.stream(placed)
                .map(one -> new Hit(one.key, get(snapshot, one.key), null))
                .iterator();
    }

    private byte[] place(Hit hit) {
        byte[] tie = tieBreak.of(hit.key);
        if (find.sort().keys().isEmpty() && near.isPresent()) {
            double distance = near.get().distance(seen(hit));
            return new OrderedBytes().value(new BsonDouble(distance)).raw(tie).toByteArray();
        }
        return find.sort().keys().isEmpty() ? tie : find.sort().place(seen(hit), tie);
    }

    private static Iterator<Hit> limited(Iterator<Hit> hits, long limit) {
        return new Iterator<>() {
            private long left = limit;

            @Override
            public boolean hasNext() {
                return left > 0 && hits.hasNext();
            }

            @Override
            public Hit next() {
                if (left <= 0) {
                    throw new NoSuchElementException();
                }
                left--;
                return hits.next();
            }
        };
    }

    private void tick(long looked) {
        if (looked % 256 == 0 && System.nanoTime() - deadline > 0) {
            throw new DocumentException.LimitReached(
                    "seconds of one query", limits.queryTime().toSeconds());
        }
    }
}
