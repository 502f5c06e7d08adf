package dev.croft.vault.api;

/** A refusal by what relays requests to a permission manager, such as a router: the request did not reach one, or its answer did not come back. */
public final class RelayException extends VaultException {
    private final int status;
    private final String code;
    private final String detail;

    /** @param code the last part of the problem's type, of the relay's own set */
    public RelayException(int status, String code, String detail) {
        super(code + ": " + detail, null);
        this.status = status;
        this.code = code;
        this.detail = detail;
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** What kind of problem, as the relay names it. */
    public String code() {
        return code;
    }

    /** What happened this time. */
    public String detail() {
        return detail;
    }
}
