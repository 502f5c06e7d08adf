package dev.croft.vault.api;

import java.util.Locale;
import java.util.Optional;

/**
 * The closed set of problems a permission manager answers with, as RFC 9457 {@code application/problem+json}. The {@code type} of a
 * problem is {@link #type()}; its HTTP status follows from the code.
 */
public enum ProblemCode {
    MALFORMED_REQUEST(400, "The request is not well formed"),
    INVALID_DOCUMENT(400, "The document cannot be stored"),
    INVALID_FILTER(400, "The filter, projection or update is not valid"),
    INVALID_PARAMETERS(400, "The parameters of the computation are not valid"),
    INVALID_AMOUNT(400, "The amount of budget is not valid"),
    INVALID_GRANT(400, "The grant is not valid"),
    UNAUTHENTICATED(401, "The request carries no valid proof"),
    PROOF_STALE(401, "The proof is too old or from the future"),
    PROOF_REPLAYED(401, "The proof was used before"),
    KEY_REFUSED(403, "The key does not open this private cloud"),
    NOT_OWNER(403, "Only the owner may do this"),
    GRANT_UNKNOWN(403, "The grant is not known here"),
    GRANT_EXPIRED(403, "The grant is not in force at this time"),
    GRANT_REVOKED(403, "The grant was revoked"),
    GRANT_FORBIDS(403, "The grant does not cover this"),
    SERVICE_CHANGED(403, "The service is not the one the grant names"),
    SERVICE_UNSIGNED(403, "The service is not signed by the publisher that the grant names"),
    HOST_NOT_TRUSTED(403, "The owner did not allow the key to move to this host"),
    UNKNOWN_ROUTE(404, "There is no such route"),
    UNKNOWN_CLOUD(404, "There is no such private cloud here"),
    NOT_FOUND(404, "There is no such thing here"),
    METHOD_NOT_ALLOWED(405, "The route does not take this method"),
    ALREADY_EXISTS(409, "It is there already"),
    CONFLICT(409, "It conflicts with what happened before"),
    BUDGET_EXHAUSTED(409, "The budget does not suffice"),
    CEILING_REACHED(409, "The grant's budget ceiling does not suffice"),
    NOT_RESERVED(409, "There is no live reservation for this query"),
    ALREADY_ANSWERED(409, "The query was answered and paid for"),
    SUPERSEDED(409, "Another copy of this private cloud has gone on"),
    STALE_CHALLENGE(409, "The challenge is not the present one"),
    TOO_LARGE(413, "The request is larger than allowed"),
    LOCKED(423, "The private cloud is locked until its owner's key arrives"),
    ATTEMPTS_LIMITED(429, "Too many wrong keys; wait"),
    HEADERS_TOO_LARGE(431, "The headers are larger than allowed"),
    INTERNAL(500, "The permission manager failed"),
    OVERLOADED(503, "The permission manager has too much to do"),
    REPLICAS_UNAVAILABLE(503, "Too few of the replicas answer");

    /** What {@link #type()} starts with. */
    public static final String TYPE_PREFIX = "https://croft.dev/problems/";

    private final int status;
    private final String title;

    ProblemCode(int status, String title) {
        this.status = status;
        this.title = title;
    }

    /** HTTP status. */
    public int status() {
        return status;
    }

    /** One sentence for people, the same for every occurrence. */
    public String title() {
        return title;
    }

    /** The code as it appears in URIs and logs, for example {@code grant-expired}. */
    public String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The URI that names this kind of problem. */
    public String type() {
        return TYPE_PREFIX + code();
    }

    /**
     * The problem of this code.
     *
     * @throws ProblemException {@link #MALFORMED_REQUEST} if there is none
     */
    public static ProblemCode ofCode(String code) {
        return ofType(TYPE_PREFIX + code)
                .orElseThrow(() -> new ProblemException(MALFORMED_REQUEST, "there is no problem of this code"));
    }

    /** The code a problem's {@code type} names, if it is one of this set. */
    public static Optional<ProblemCode> ofType(String type) {
        for (ProblemCode code : values()) {
            if (code.type().equals(type)) {
                return Optional.of(code);
            }
        }
        return Optional.empty();
    }
}
