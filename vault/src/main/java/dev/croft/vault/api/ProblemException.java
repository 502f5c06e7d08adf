package dev.croft.vault.api;

/** A request refused with a {@link ProblemCode}: thrown inside the permission manager, and by {@link PmClient} when one comes back. */
public final class ProblemException extends VaultException {
    private final ProblemCode code;
    private final String detail;
    private final long retryAfterSeconds;

    /** A refusal; {@code detail} must be fit for whoever asked. */
    public ProblemException(ProblemCode code, String detail) {
        this(code, detail, 0);
    }

    /** A refusal that may end after {@code retryAfterSeconds}. */
    public ProblemException(ProblemCode code, String detail, long retryAfterSeconds) {
        super(code.code() + ": " + detail, null);
        this.code = code;
        this.detail = detail;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /** Which of the closed set. */
    public ProblemCode code() {
        return code;
    }

    /** What happened this time. */
    public String detail() {
        return detail;
    }

    /** Seconds to wait, 0 if waiting does not help. */
    public long retryAfterSeconds() {
        return retryAfterSeconds;
    }
}
