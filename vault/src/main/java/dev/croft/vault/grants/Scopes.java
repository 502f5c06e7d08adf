package dev.croft.vault.grants;

import dev.croft.vault.api.Grant;
import dev.croft.vault.api.Json;
import dev.croft.vault.api.Operations;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.Span;
import dev.croft.vault.documents.ReadScope;
import dev.croft.vault.documents.filter.FieldPath;
import dev.croft.vault.documents.filter.Filter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Set;
import org.bson.BsonDocument;

/** What a caller's grant means for documents. */
public final class Scopes {
    /** Derived documents whose raw entries were forgotten: hidden from everyone but the owner and who derives anew. */
    private static final Filter NOT_STALE = parse("{\"metadata.stale\": {\"$ne\": true}}");

    private static final String ABSENT = "{\"$exists\": false}";

    private Scopes() {}

    /**
     * What {@code caller} may see and change when doing {@code operation} on {@code collection}.
     *
     * @throws ProblemException {@link ProblemCode#GRANT_FORBIDS} if the grant does not allow it
     */
    public static ReadScope of(Caller caller, String operation, String collection) {
        if (caller.grant().isEmpty()) {
            return ReadScope.ALL;
        }
        Grant grant = caller.grant().get();
        if (!grant.allows(operation, collection)) {
            throw new ProblemException(
                    ProblemCode.GRANT_FORBIDS, "the grant does not allow " + operation + " on this collection");
        }
        return of(grant);
    }

    /** What a grant reaches, whatever is done with it. */
    public static ReadScope of(Grant grant) {
        ReadScope scope = ReadScope.ALL.onlyCollections(grant.collections());
        if (!grant.allows(Operations.REDERIVE)) {
            scope = scope.onlyWhere(NOT_STALE);
        }
        if (grant.span() != null) {
            scope = scope.onlyWhere(within(grant.span()));
        }
        if (grant.fields() != null) {
            var paths = new ArrayList<FieldPath>();
            paths.add(FieldPath.parse("_id"));
            grant.fields().forEach(field -> paths.add(FieldPath.parse(field)));
            scope = scope.onlyFields(paths);
        }
        return scope;
    }

    /** What a computation may read. */
    public static ReadScope forComputation(Set<String> collections, Span span) {
        ReadScope scope = ReadScope.ALL.onlyCollections(collections).onlyWhere(NOT_STALE);
        return span.equals(Span.ALL) ? scope : scope.onlyWhere(within(span));
    }

    /** Documents of a span of time: by data.ts, else data.start_ts, else metadata.write_ts. One without any belongs to no span. */
    public static Filter within(Span span) {
        String range = "{\"$gte\": " + span.from() + ", \"$lt\": " + span.to() + "}";
        return parse("{\"$or\": [{\"data.ts\": " + range + "}, {\"data.ts\": " + ABSENT + ", \"data.start_ts\": "
                + range
                + "}, {\"data.ts\": " + ABSENT + ", \"data.start_ts\": " + ABSENT + ", \"metadata.write_ts\": " + range
                + "}]}");
    }

    private static Filter parse(String json) {
        return Filter.parse(Json.read(json.getBytes(StandardCharsets.UTF_8), BsonDocument.class));
    }
}
