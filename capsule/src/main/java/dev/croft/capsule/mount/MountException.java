package dev.croft.capsule.mount;

/** A folder could not be mounted; the message says what to do, in one line. */
public final class MountException extends RuntimeException {
    private static final long serialVersionUID = 1;

    MountException(String message) {
        super(message);
    }
}
