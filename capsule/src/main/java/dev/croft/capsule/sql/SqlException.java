package dev.croft.capsule.sql;

/** A database that can no longer be used, because what it did and what the capsule has went apart; open it again. */
public final class SqlException extends RuntimeException {
    private static final long serialVersionUID = 1;

    SqlException(String message, Throwable cause) {
        super(message, cause);
    }
}
