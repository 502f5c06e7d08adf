package dev.croft.vault.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JavaType;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * One private cloud as its owner or the holder of a grant sees it; every request carries its own proof.
 *
 * <p>Thread-safe; every call blocks and throws as {@link PmClient} says.
 */
public final class CloudClient {
    private static final long MOST_UPLOAD = 256L << 20;

    private final PmClient host;
    private final Signer signer;

    CloudClient(PmClient host, Signer signer) {
        this.host = host;
        this.signer = signer;
    }

    /** The private cloud's id. */
    public String cloud() {
        return signer.cloud();
    }

    // ---- the owner

    /** Makes the host forget the key. */
    public CloudStatus lock() {
        return call(PmRoute.CLOUD_LOCK, null, CloudStatus.class);
    }

    /** Deletes the private cloud with all its capsules. */
    public void delete() {
        callAny(PmRoute.CLOUD_DELETE, null);
    }

    /** Where its capsules are besides the host, and how far. */
    public ReplicaStatus replicas() {
        return call(PmRoute.REPLICAS_SHOW, null, ReplicaStatus.class);
    }

    /** Has these servers hold its capsules from now on; all of it is on enough of them when this returns. */
    public ReplicaStatus replicate(Replicas replicas) {
        return call(PmRoute.REPLICAS_SET, replicas, ReplicaStatus.class);
    }

    /** Verifies every capsule. */
    public VerifyReport verify() {
        return call(PmRoute.CLOUD_VERIFY, null, VerifyReport.class);
    }

    /**
     * The next piece of one of its capsules, sealed and signed.
     *
     * @param capsule {@code data}, {@code grants}, {@code budget} or {@code audit}
     * @param after the last heartbeat that is there already, base64url
     */
    public CapsulePart capsulePart(String capsule, @Nullable String after) {
        return call(PmRoute.CAPSULE_READ, new CapsulePart.After(after), CapsulePart.class, capsule);
    }

    /** Stores a grant that {@link GrantToken#sign} made. */
    public GrantStatus storeGrant(String token) {
        return call(PmRoute.GRANT_STORE, new StoreGrant(token), GrantStatus.class);
    }

    /** Every grant there ever was. */
    public List<GrantStatus> grants() {
        return List.of(call(PmRoute.GRANT_LIST, null, GrantStatus[].class));
    }

    /** Ends a grant at once. */
    public GrantStatus revokeGrant(String grant) {
        return call(PmRoute.GRANT_REVOKE, null, GrantStatus.class, grant);
    }

    /** What is left of the budget. */
    public BudgetStatus budget() {
        return call(PmRoute.BUDGET_STATUS, null, BudgetStatus.class);
    }

    /** The budget's history from record {@code from} on. */
    public Listing<BudgetEntry> budgetHistory(long from, int limit) {
        return listing(PmRoute.BUDGET_HISTORY, from, limit, BudgetEntry.class);
    }

    /**
     * Has at least so much of each block spent as {@code elsewhere} says, where the same data were asked before: an owner may spend their own
     * budget, and nobody gets any back. Again, it changes nothing.
     *
     * @throws ProblemException {@link ProblemCode#CONFLICT} when the budget here is cut otherwise
     */
    public BudgetStatus spend(BudgetStatus elsewhere) {
        return call(PmRoute.BUDGET_SPEND, elsewhere, BudgetStatus.class);
    }

    /** The audit from record {@code from} on. */
    public Listing<AuditEntry> audit(long from, int limit) {
        return listing(PmRoute.AUDIT_LIST, from, limit, AuditEntry.class);
    }

    /** Deletes raw entries and marks what was derived from them. */
    public Documents.Forgotten forget(Documents.Forget what) {
        return call(PmRoute.FORGET, what, Documents.Forgotten.class);
    }

    // ---- whoever may

    /** The grant in use; refused for the owner, who has none. */
    public Grant grant() {
        return call(PmRoute.GRANT_SHOW, null, Grant.class);
    }

    /** The collections within reach. */
    public List<Documents.Collection> collections() {
        return List.of(call(PmRoute.COLLECTION_LIST, null, Documents.Collection[].class));
    }

    /** The first batch of what matches. */
    public Documents.Page find(String collection, Documents.Find find) {
        return call(PmRoute.FIND, find, Documents.Page.class, collection);
    }

    /** The next batch. */
    public Documents.Page next(String cursor) {
        return call(PmRoute.CURSOR_NEXT, null, Documents.Page.class, cursor);
    }

    /** Gives up the rest of what matches. */
    public void closeCursor(String cursor) {
        callAny(PmRoute.CURSOR_CLOSE, null, cursor);
    }

    /** Everything that matches, batch by batch; for what is known to fit in memory. */
    public List<BsonDocument> findAll(String collection, BsonDocument filter) {
        Documents.Page page = find(collection, Documents.Find.all(filter));
        var all = new ArrayList<>(page.documents());
        while (page.cursor() != null) {
            page = next(page.cursor());
            all.addAll(page.documents());
        }
        return all;
    }

    /** How many match. */
    public long count(String collection, BsonDocument filter) {
        return counted(collection, filter).count();
    }

    /** How many match, and whether documents of the collection have changed. */
    public Documents.Counted counted(String collection, BsonDocument filter) {
        return call(PmRoute.COUNT, new Documents.Match(filter), Documents.Counted.class, collection);
    }

    /** The distinct values of a field. */
    public List<BsonValue> distinct(String collection, String field, BsonDocument filter) {
        return call(PmRoute.DISTINCT, new Documents.Distinct(field, filter), Documents.Values.class, collection)
                .values();
    }

    /** Adds documents. */
    public Documents.Inserted insert(String collection, List<BsonDocument> documents) {
        return call(PmRoute.INSERT, new Documents.Batch(documents), Documents.Inserted.class, collection);
    }

    /** Adds documents or replaces those of the same {@code _id}. */
    public Documents.Inserted upsert(String collection, List<BsonDocument> documents) {
        return call(PmRoute.UPSERT, new Documents.Batch(documents), Documents.Inserted.class, collection);
    }

    /** Changes documents. */
    public WriteResult update(String collection, Documents.Update update) {
        return call(PmRoute.UPDATE, update, WriteResult.class, collection);
    }

    /** Replaces a document. */
    public WriteResult replace(String collection, Documents.Replace replace) {
        return call(PmRoute.REPLACE, replace, WriteResult.class, collection);
    }

    /** Deletes documents. */
    public WriteResult delete(String collection, Documents.Delete delete) {
        return call(PmRoute.DELETE, delete, WriteResult.class, collection);
    }

    /** Sends a file of entries, plain or gzip, in a format the host has. */
    public UploadReport upload(Path file, String format) throws IOException {
        if (Files.size(file) > MOST_UPLOAD) {
            // Whoever refuses it while it is sent may be gone before the refusal is read.
            throw new ProblemException(
                    ProblemCode.TOO_LARGE,
                    file + " has more than the 256 MiB that are taken at once: send it in parts or as gzip");
        }
        var sha256 = RequestProof.sha256();
        boolean gzip;
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), sha256)) {
            byte[] buffer = new byte[64 * 1024];
            int first = in.readNBytes(buffer, 0, 2);
            gzip = first == 2 && buffer[0] == 0x1f && buffer[1] == (byte) 0x8b;
            while (in.read(buffer) >= 0) {
                // Only the digest is wanted of this first reading.
            }
        }
        try {
            return upload(HttpRequest.BodyPublishers.ofFile(file), sha256.digest(), gzip, format);
        } catch (FileNotFoundException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends entries, plain or gzip, in a format the host has. */
    public UploadReport upload(byte[] entries, String format) {
        boolean gzip = entries.length > 1 && entries[0] == 0x1f && entries[1] == (byte) 0x8b;
        return upload(
                HttpRequest.BodyPublishers.ofByteArray(entries),
                RequestProof.sha256().digest(entries),
                gzip,
                format);
    }

    private UploadReport upload(HttpRequest.BodyPublisher body, byte[] sha256, boolean gzip, String format) {
        String path =
                PmRoute.UPLOAD.path(signer.cloud()) + "?format=" + URLEncoder.encode(format, StandardCharsets.UTF_8);
        String type = gzip ? "application/gzip" : "application/json";
        return Json.read(host.send(PmRoute.UPLOAD.method(), path, body, sha256, signer, type), UploadReport.class);
    }

    /** Would this private cloud take part, at that price? */
    public Query.Offer offer(String query, Query.Request request) {
        return call(PmRoute.QUERY_OFFER, request, Query.Offer.class, query);
    }

    /** Sets budget aside. */
    public Query.Reservation reserve(String query, Query.Request request) {
        return call(PmRoute.QUERY_RESERVE, request, Query.Reservation.class, query);
    }

    /** Runs the computation and pays for it: once this has answered, the budget is spent and a refund is refused. */
    public Query.Answer run(String query, Query.Request request) {
        return call(PmRoute.QUERY_RUN, request, Query.Answer.class, query);
    }

    /** Confirms that the answer was used; says what it cost. */
    public Query.Settlement commit(String query) {
        return call(PmRoute.QUERY_COMMIT, null, Query.Settlement.class, query);
    }

    /** Gives the reservation back; {@link ProblemCode#ALREADY_ANSWERED} if the answer has gone out. */
    public Query.Settlement refund(String query) {
        return call(PmRoute.QUERY_REFUND, null, Query.Settlement.class, query);
    }

    private <T> Listing<T> listing(PmRoute route, long from, int limit, Class<T> item) {
        String path = route.path(signer.cloud()) + "?from=" + from + "&limit=" + limit;
        byte[] answer = host.send(route.method(), path, new byte[0], signer);
        JavaType type = Json.mapper().getTypeFactory().constructParametricType(Listing.class, item);
        try {
            return Json.mapper().readValue(answer, type);
        } catch (JsonProcessingException e) {
            throw Json.refusal(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private <T> T call(PmRoute route, @Nullable Object body, Class<T> type, String... more) {
        return Json.read(callAny(route, body, more), type);
    }

    private byte[] callAny(PmRoute route, @Nullable Object body, String... more) {
        String[] parameters = new String[more.length + 1];
        parameters[0] = signer.cloud();
        System.arraycopy(more, 0, parameters, 1, more.length);
        byte[] json = body == null ? new byte[0] : Json.write(body);
        return host.send(route.method(), route.path(parameters), json, signer);
    }
}
