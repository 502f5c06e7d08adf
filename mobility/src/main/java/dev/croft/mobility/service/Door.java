package dev.croft.mobility.service;

import dev.croft.mobility.entry.EntryBounds;
import dev.croft.mobility.entry.EntryJson;
import dev.croft.mobility.entry.EntryResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonNumber;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * A service's only way out: one private cloud, as far as the grant reaches. Thread-safe; every call blocks and throws
 * {@link ServiceException} when refused or unanswered.
 */
public final class Door {
    /** Most documents of one write. */
    static final int BATCH = 500;

    private static final int MAX_BATCH_CHARS = 4 << 20;
    private static final int MAX_ANSWER = 256 << 20;
    private static final EntryBounds ANSWER = new EntryBounds(128, MAX_ANSWER, 1);

    private final Launch launch;
    private final String token;

    private Door(Launch launch) {
        this.launch = launch;
        this.token = launch.token();
    }

    /** The door of a launch. */
    public static Door of(Launch launch) {
        return new Door(launch);
    }

    /** Hands over every document that matches, read in batches. */
    public void find(
            String collection, BsonDocument filter, @Nullable BsonDocument projection, Consumer<BsonDocument> to) {
        BsonDocument find = new BsonDocument("filter", filter);
        if (projection != null) {
            find.append("projection", projection);
        }
        BsonDocument page = collection(collection, "find", find);
        while (true) {
            for (BsonValue document : page.getArray("documents", new BsonArray())) {
                to.accept(document.asDocument());
            }
            if (!(page.get("cursor") instanceof BsonString cursor)) {
                return;
            }
            page = call("POST", path("cursors", cursor.getValue()), new BsonDocument());
        }
    }

    /**
     * How many documents match.
     *
     * @param rewritten grows when a document of the collection was changed or deleted, not when one was added; -1: not told
     */
    public record Counted(long count, long rewritten) {}

    /** How many documents match, and whether any was changed since. */
    public Counted counted(String collection, BsonDocument filter) {
        BsonDocument answer = collection(collection, "count", new BsonDocument("filter", filter));
        if (answer.get("count") instanceof BsonNumber number) {
            return new Counted(
                    number.longValue(),
                    answer.get("rewritten") instanceof BsonNumber rewritten ? rewritten.longValue() : -1);
        }
        throw new ServiceException.NoDoor("the door's answer has no count");
    }

    /** How many documents match. */
    public long count(String collection, BsonDocument filter) {
        return counted(collection, filter).count();
    }

    /** Stores documents in place of those with the same {@code _id}; how many were stored. */
    public long upsert(String collection, List<BsonDocument> documents) {
        BsonArray batch = new BsonArray();
        long chars = 0;
        for (BsonDocument document : documents) {
            batch.add(document);
            chars += EntryJson.write(document).length();
            if (batch.size() == BATCH || chars > MAX_BATCH_CHARS) {
                upsert(collection, batch);
                batch = new BsonArray();
                chars = 0;
            }
        }
        if (!batch.isEmpty()) {
            upsert(collection, batch);
        }
        return documents.size();
    }

    private void upsert(String collection, BsonArray batch) {
        BsonDocument outcome = collection(collection, "upsert", new BsonDocument("documents", batch));
        if (outcome.get("refused") instanceof BsonArray refused && !refused.isEmpty()) {
            throw new ServiceException.NoDoor(refused.size() + " documents cannot be stored");
        }
    }

    /** Deletes the documents with these ids. */
    public void delete(String collection, List<BsonValue> ids) {
        for (List<BsonValue> rest = new ArrayList<>(ids); !rest.isEmpty(); ) {
            List<BsonValue> some = rest.subList(0, Math.min(BATCH, rest.size()));
            BsonDocument filter =
                    new BsonDocument("_id", new BsonDocument("$in", new BsonArray(new ArrayList<>(some))));
            collection(collection, "delete", new BsonDocument("filter", filter).append("many", BsonBoolean.TRUE));
            some.clear();
        }
    }

    private BsonDocument collection(String collection, String operation, BsonDocument body) {
        return call("POST", path("collections", collection, operation), body);
    }

    private String path(String... segments) {
        return "/clouds/" + launch.cloud() + "/" + String.join("/", segments);
    }

    private BsonDocument call(String method, String path, BsonDocument body) {
        SocketHttp.Answer answer;
        try {
            answer = SocketHttp.send(
                    launch.door(),
                    method,
                    path,
                    token,
                    launch.traceparent(),
                    EntryJson.write(body).getBytes(StandardCharsets.UTF_8),
                    MAX_ANSWER);
        } catch (IOException e) {
            throw new ServiceException.NoDoor("the door does not answer", e);
        }
        EntryResult parsed = answer.body().length == 0
                ? new EntryResult.Taken(0, new BsonDocument())
                : EntryJson.parse(answer.body(), ANSWER);
        if (!(parsed instanceof EntryResult.Taken(long _, BsonDocument document))) {
            throw new ServiceException.NoDoor("the door's answer is no JSON object");
        }
        if (answer.status() / 100 != 2) {
            throw new ServiceException.Refused(answer.status(), text(document, "type"), text(document, "detail"));
        }
        return document;
    }

    private static String text(BsonDocument document, String field) {
        return document.get(field) instanceof BsonString text ? text.getValue() : "";
    }

    /** A filter that compares with a number. */
    static BsonDocument range(String operator, double value) {
        return new BsonDocument(operator, new BsonDouble(value));
    }

    /** A filter for any of some keys. */
    static BsonDocument keys(List<String> keys) {
        return new BsonDocument(
                "$in", new BsonArray(keys.stream().map(BsonString::new).toList()));
    }
}
