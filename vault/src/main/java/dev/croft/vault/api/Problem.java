package dev.croft.vault.api;

/**
 * An RFC 9457 problem as it travels.
 *
 * @param type the URI of a {@link ProblemCode}
 * @param title the code's sentence
 * @param status the HTTP status
 * @param detail what happened this time; never holds keys, values of documents or anything of another owner
 * @param retryAfterSeconds how long to wait before it makes sense to ask again, 0 if waiting does not help
 */
public record Problem(String type, String title, int status, String detail, long retryAfterSeconds) {

    /** The media type of a problem. */
    public static final String MEDIA_TYPE = "application/problem+json";

    /** The problem that tells of {@code refusal}. */
    public static Problem of(ProblemException refusal) {
        ProblemCode code = refusal.code();
        return new Problem(code.type(), code.title(), code.status(), refusal.detail(), refusal.retryAfterSeconds());
    }
}
