package dev.croft.vault.api;

import java.net.URI;

/** No answer of a permission manager: it is not there, the connection broke, or it took too long. What was asked may or may not have happened. */
public final class UnreachableException extends VaultException {
    private final URI uri;

    /** The host at {@code uri} gave no answer because of {@code cause}. */
    public UnreachableException(URI uri, Throwable cause) {
        super("No answer from " + uri.getHost() + ":" + uri.getPort() + ": " + cause, cause);
        this.uri = uri;
    }

    /** What was asked. */
    public URI uri() {
        return uri;
    }
}
