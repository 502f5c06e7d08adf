package dev.croft.vault.api;

import dev.croft.budget.Epsilon;
import java.time.Instant;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an owner allows someone else. Nothing but what it names is allowed; what it leaves open (fields, span) it says by {@code null}.
 *
 * @param id names the grant within its private cloud
 * @param cloud the private cloud it is for
 * @param holder who may use it
 * @param collections which collections it reaches; none for a grant of queries or uploads only
 * @param fields dotted paths that may be read, matched and written, each with all below it, besides {@code _id}; {@code null}: all
 * @param span documents of which time, by data.ts, else data.start_ts, else metadata.write_ts; {@code null}: all
 * @param operations what may be done, see {@link Operations}
 * @param epsilonCeiling how much budget may be spent by this grant in all
 * @param notBefore when it begins to hold
 * @param expires when it ends
 * @param note what the owner reads in the list of grants
 */
public record Grant(
        String id,
        String cloud,
        Holder holder,
        Set<String> collections,
        @Nullable Set<String> fields,
        @Nullable Span span,
        Set<String> operations,
        Epsilon epsilonCeiling,
        Instant notBefore,
        Instant expires,
        String note) {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{8,64}");
    private static final Pattern CLOUD = Pattern.compile("[0-9a-f]{32}");
    private static final Pattern COLLECTION = Pattern.compile("[A-Za-z0-9_.-]{1,64}");
    private static final Pattern FIELD =
            Pattern.compile("[^.$\\x00-\\x1f][^.\\x00-\\x1f]*(\\.[^.$\\x00-\\x1f][^.\\x00-\\x1f]*){0,15}");
    private static final int MOST = 100;

    /** Refuses what no owner can have meant: names of another form, an expiry before the beginning, amounts that are none. */
    public Grant {
        require(ID.matcher(id).matches(), "id");
        require(CLOUD.matcher(cloud).matches(), "cloud");
        collections = Set.copyOf(collections);
        operations = Set.copyOf(operations);
        fields = fields == null ? null : Set.copyOf(fields);
        require(
                collections.size() <= MOST
                        && collections.stream()
                                .allMatch(name -> COLLECTION.matcher(name).matches()),
                "collections");
        require(
                fields == null
                        || !fields.isEmpty()
                                && fields.size() <= MOST
                                && fields.stream()
                                        .allMatch(path -> path.length() <= 200
                                                && FIELD.matcher(path).matches()),
                "fields");
        require(
                !operations.isEmpty()
                        && operations.size() <= MOST
                        && operations.stream().allMatch(Operations::isWellFormed),
                "operations");
        require(notBefore.isBefore(expires), "expires");
        require(note.length() <= 500, "note");
    }

    private static void require(boolean valid, String what) {
        if (!valid) {
            throw new ProblemException(ProblemCode.INVALID_GRANT, what + " of the grant is not valid");
        }
    }

    /** Whether the grant holds at {@code now}, were it not revoked. */
    public boolean isInForce(Instant now) {
        return !now.isBefore(notBefore) && now.isBefore(expires);
    }

    /** Whether {@code operation}, which touches no collection, is among what is allowed. */
    public boolean allows(String operation) {
        return operations.contains(operation);
    }

    /** Whether {@code operation} on {@code collection} is among what is allowed. */
    public boolean allows(String operation, String collection) {
        return collections.contains(collection)
                && (operations.contains(operation) || operations.contains(operation + "@" + collection));
    }

    /** Whether the dotted {@code path} lies within the allowed fields. */
    public boolean allowsField(String path) {
        if (fields == null || path.equals("_id")) {
            return true;
        }
        for (String field : fields) {
            if (path.equals(field) || path.startsWith(field + ".")) {
                return true;
            }
        }
        return false;
    }
}
