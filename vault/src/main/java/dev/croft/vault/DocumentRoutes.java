package dev.croft.vault;

import dev.croft.vault.api.Documents;
import dev.croft.vault.api.Grant;
import dev.croft.vault.api.Json;
import dev.croft.vault.api.Operations;
import dev.croft.vault.api.PmRoute;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.WriteResult;
import dev.croft.vault.documents.DocumentStore;
import dev.croft.vault.documents.Find;
import dev.croft.vault.documents.Page;
import dev.croft.vault.documents.ReadScope;
import dev.croft.vault.documents.UpdateReport;
import dev.croft.vault.documents.WriteOutcome;
import dev.croft.vault.documents.filter.FieldPath;
import dev.croft.vault.documents.filter.Filter;
import dev.croft.vault.documents.filter.Projection;
import dev.croft.vault.documents.filter.Sort;
import dev.croft.vault.documents.update.Update;
import dev.croft.vault.grants.Caller;
import dev.croft.vault.grants.Scopes;
import dev.croft.vault.http.Request;
import dev.croft.vault.upload.Shredding;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;

/** The routes of the collections, each within what the caller's grant reaches. */
final class DocumentRoutes {
    private static final int USUAL_BATCH = 1000;
    private static final int MOST_BATCH = 10_000;
    private static final Pattern COLLECTION = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

    private final DocumentStore documents;
    private final Caller caller;

    DocumentRoutes(DocumentStore documents, Caller caller) {
        this.documents = documents;
        this.caller = caller;
    }

    Served serve(PmRoute route, String named, Request request, byte[] body) {
        return switch (route) {
            case COLLECTION_LIST -> collections();
            case CURSOR_NEXT -> {
                int size = (int) request.number("size", USUAL_BATCH, MOST_BATCH);
                yield page(documents.next(cursor(named), Math.max(size, 1), cursorScope()));
            }
            case CURSOR_CLOSE -> {
                documents.close(cursor(named), cursorScope());
                yield Served.nothing();
            }
            default -> {
                // Where it stands how far to shred is nobody's to write: keys are destroyed by it.
                if (!COLLECTION.matcher(named).matches() || named.equals(Shredding.SHREDDING)) {
                    throw new ProblemException(ProblemCode.NOT_FOUND, "there is no such collection");
                }
                yield inCollection(route, named, body);
            }
        };
    }

    private Served inCollection(PmRoute route, String collection, byte[] body) {
        return switch (route) {
            case FIND -> find(collection, Json.read(body, Documents.Find.class));
            case COUNT -> {
                ReadScope scope = Scopes.of(caller, Operations.COUNT, collection);
                Filter filter =
                        Filter.parse(Json.read(body, Documents.Match.class).filter());
                // Asked for first: what is changed meanwhile shows at the next count.
                Long rewritten = seesWhole() ? documents.rewritten(collection) : null;
                long count = documents.count(collection, filter, scope);
                yield Served.json(new Documents.Counted(count, rewritten), count, "");
            }
            case DISTINCT -> {
                ReadScope scope = Scopes.of(caller, Operations.DISTINCT, collection);
                var asked = Json.read(body, Documents.Distinct.class);
                var values = documents.distinct(
                        collection, FieldPath.parse(asked.field()), Filter.parse(asked.filter()), scope);
                yield Served.json(new Documents.Values(values), values.size(), "");
            }
            case INSERT -> {
                ReadScope scope = Scopes.of(caller, Operations.INSERT, collection);
                yield inserted(documents.insert(collection, batch(body), scope));
            }
            case UPSERT -> {
                ReadScope scope = Scopes.of(caller, Operations.UPSERT, collection);
                yield inserted(documents.upsert(collection, batch(body), scope));
            }
            case UPDATE -> {
                ReadScope scope = Scopes.of(caller, Operations.UPDATE, collection);
                var asked = Json.read(body, Documents.Update.class);
                yield updated(documents.update(
                        collection,
                        Filter.parse(asked.filter()),
                        Update.parse(asked.update()),
                        asked.many() ? 0 : 1,
                        Boolean.TRUE.equals(asked.upsert()),
                        scope));
            }
            case REPLACE -> {
                ReadScope scope = Scopes.of(caller, Operations.REPLACE, collection);
                var asked = Json.read(body, Documents.Replace.class);
                yield updated(documents.replace(
                        collection,
                        Filter.parse(asked.filter()),
                        asked.replacement(),
                        Boolean.TRUE.equals(asked.upsert()),
                        scope));
            }
            case DELETE -> {
                ReadScope scope = Scopes.of(caller, Operations.DELETE, collection);
                var asked = Json.read(body, Documents.Delete.class);
                long deleted = documents
                        .delete(collection, Filter.parse(asked.filter()), asked.many() ? 0 : 1, scope)
                        .deleted();
                yield Served.json(new WriteResult(deleted, 0, 0, deleted), deleted, "");
            }
            default -> throw new ProblemException(ProblemCode.UNKNOWN_ROUTE, "there is no such route");
        };
    }

    private boolean seesWhole() {
        return caller.grant()
                .map(grant -> grant.fields() == null && grant.span() == null)
                .orElse(true);
    }

    private Served find(String collection, Documents.Find asked) {
        ReadScope scope = Scopes.of(caller, Operations.FIND, collection);
        Find find = Find.in(collection)
                .where(Filter.parse(asked.filter()))
                .skip(positive("skip", asked.skip()))
                .limit(positive("limit", asked.limit()));
        if (asked.projection() != null) {
            find = find.giving(Projection.parse(asked.projection()));
        }
        if (asked.sort() != null) {
            find = find.by(Sort.parse(asked.sort()));
        }
        long size = asked.batchSize() == null ? USUAL_BATCH : positive("batchSize", asked.batchSize());
        return page(documents.open(find, (int) Math.clamp(size, 1, MOST_BATCH), scope));
    }

    private static long positive(String name, @Nullable Integer value) {
        if (value != null && value < 0) {
            throw new ProblemException(ProblemCode.MALFORMED_REQUEST, name + " is not negative");
        }
        return value == null ? 0 : value;
    }

    private static Served page(Page page) {
        List<BsonDocument> documents = List.copyOf(page.documents());
        String cursor = page.cursor() == 0 ? null : Long.toString(page.cursor());
        return Served.json(new Documents.Page(documents, cursor), documents.size(), "");
    }

    private static List<BsonDocument> batch(byte[] body) {
        var documents = Json.read(body, Documents.Batch.class).documents();
        if (documents.size() > MOST_BATCH) {
            throw new ProblemException(ProblemCode.TOO_LARGE, "a batch has at most " + MOST_BATCH + " documents");
        }
        return documents;
    }

    private static Served inserted(List<WriteOutcome> outcomes) {
        long taken = 0;
        long replaced = 0;
        long there = 0;
        var refused = new ArrayList<Documents.Rejection>();
        for (int i = 0; i < outcomes.size(); i++) {
            switch (outcomes.get(i)) {
                case WriteOutcome.Taken done -> taken++;
                case WriteOutcome.Replaced done -> replaced++;
                case WriteOutcome.AlreadyThere known -> there++;
                case WriteOutcome.Refused(var code, var why) -> refused.add(new Documents.Rejection(i, code, why));
            }
        }
        String detail = there + " already there, " + refused.size() + " refused";
        return Served.json(new Documents.Inserted(taken, replaced, there, refused), taken + replaced, detail);
    }

    private static Served updated(UpdateReport report) {
        long upserted = report.upserted().isPresent() ? 1 : 0;
        var result = new WriteResult(report.matched(), report.modified(), upserted, 0);
        return Served.json(result, report.modified() + upserted, "");
    }

    private Served collections() {
        var reachable = new ArrayList<Documents.Collection>();
        for (String name : documents.collections()) {
            boolean owner = caller.grant().isEmpty();
            if (owner || caller.grant().get().collections().contains(name)) {
                boolean counts = owner || caller.grant().get().allows(Operations.COUNT, name);
                Long count = counts
                        ? documents.count(name, Filter.EVERYTHING, Scopes.of(caller, Operations.COUNT, name))
                        : null;
                reachable.add(new Documents.Collection(name, count));
            }
        }
        return Served.json(reachable, reachable.size(), "");
    }

    /** The scope a cursor was opened with; the store refuses it to any other. */
    private ReadScope cursorScope() {
        if (caller.grant().isEmpty()) {
            return ReadScope.ALL;
        }
        Grant grant = caller.grant().get();
        if (grant.operations().stream().noneMatch(operation -> operation.split("@")[0].equals(Operations.FIND))) {
            throw new ProblemException(ProblemCode.GRANT_FORBIDS, "the grant does not allow to find documents");
        }
        return Scopes.of(grant);
    }

    private static long cursor(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new ProblemException(ProblemCode.NOT_FOUND, "there is no such cursor");
        }
    }
}
