package dev.croft.vault.api;

import java.nio.file.Path;

/** A key file that cannot be used. The message never holds anything of its content. */
public final class KeyFileException extends VaultException {
    /** Why. */
    public enum Reason {
        /** Not a key file, or cut short. */
        MALFORMED,
        /** Others than its owner may read it. */
        OPEN_TO_OTHERS,
        /** It is sealed with a passphrase and none was given. */
        PASSPHRASE_NEEDED,
        /** The passphrase is not the one, or the file was changed. */
        WRONG_PASSPHRASE,
        /** There is a file already; keys are never overwritten. */
        EXISTS,
        /** It cannot be read or written. */
        IO
    }

    private final Path file;
    private final Reason reason;

    /** {@code file} cannot be used for {@code reason}. */
    public KeyFileException(Path file, Reason reason, String message) {
        super(message + ": " + file, null);
        this.file = file;
        this.reason = reason;
    }

    /** Which file. */
    public Path file() {
        return file;
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }
}
