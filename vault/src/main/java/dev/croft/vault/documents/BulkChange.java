package dev.croft.vault.documents;

import dev.croft.vault.documents.view.Snapshot;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Function;
import org.bson.BsonValue;

/**
 * A change of every document that matches: by one append if they are not very many. Otherwise those that match now are changed some at a
 * time, each if it still matches when its turn comes.
 */
final class BulkChange {
    /** Documents changed by one append; a change of more may be cut short between appends by a crash. */
    static final int BATCH = 2_000;

    private final Writer writer;
    private final LiveView live;
    private final String collection;
    private final Query query;
    private final long most;

    /** @param limit how many to change at most; 0 for all */
    BulkChange(Writer writer, LiveView live, String collection, Query query, long limit) {
        this.writer = writer;
        this.live = live;
        this.collection = collection;
        this.query = query;
        this.most = limit == 0 ? Long.MAX_VALUE : limit;
    }

    record Done(long matched, long modified, Optional<BsonValue> made) {}

    private record Part(List<Query.Hit> hits, long modified, Optional<BsonValue> made) {}

    /**
     * @param change decides on one document; whether it changed
     * @param none decides what to do if none matches
     * @param changed gets each document as it was, after its change became durable
     */
    Done run(
            BiPredicate<WriteBatch, Query.Hit> change,
            Function<WriteBatch, Optional<BsonValue>> none,
            Consumer<Query.Hit> changed) {
        Optional<Part> atOnce = writer.submit(batch -> {
            List<Query.Hit> hits = take(batch.matching(collection, query), Math.min(most, BATCH + 1L));
            if (hits.size() > BATCH) {
                return Optional.empty();
            }
            Optional<BsonValue> made = hits.isEmpty() ? none.apply(batch) : Optional.empty();
            return Optional.of(new Part(hits, each(batch, hits, change), made));
        });
        if (atOnce.isPresent()) {
            Part part = atOnce.get();
            part.hits.forEach(changed);
            return new Done(part.hits.size(), part.modified, part.made);
        }
        List<byte[]> keys = matchingNow();
        long matched = 0;
        long modified = 0;
        for (int from = 0; from < keys.size(); from += BATCH) {
            List<byte[]> some = keys.subList(from, Math.min(keys.size(), from + BATCH));
            Part part = writer.submit(batch -> {
                List<Query.Hit> still = new ArrayList<>();
                for (byte[] key : some) {
                    Query.Hit hit = query.match(key, batch.get(collection, key));
                    if (hit != null) {
                        still.add(hit);
                    }
                }
                return new Part(still, each(batch, still, change), Optional.empty());
            });
            part.hits.forEach(changed);
            matched += part.hits.size();
            modified += part.modified;
        }
        return new Done(matched, modified, Optional.empty());
    }

    private List<byte[]> matchingNow() {
        query.resume();
        return live.read(view -> {
            try (Snapshot snapshot = view.snapshot(collection)) {
                List<byte[]> keys = new ArrayList<>();
                Iterator<Query.Hit> hits = query.hits(snapshot);
                while (keys.size() < most && hits.hasNext()) {
                    keys.add(hits.next().key());
                }
                return keys;
            }
        });
    }

    private static List<Query.Hit> take(Iterator<Query.Hit> hits, long most) {
        List<Query.Hit> taken = new ArrayList<>();
        while (taken.size() < most && hits.hasNext()) {
            taken.add(hits.next());
        }
        return taken;
    }

    private static long each(WriteBatch batch, List<Query.Hit> hits, BiPredicate<WriteBatch, Query.Hit> change) {
        long modified = 0;
        for (Query.Hit hit : hits) {
            if (change.test(batch, hit)) {
                modified++;
            }
        }
        return modified;
    }
}
