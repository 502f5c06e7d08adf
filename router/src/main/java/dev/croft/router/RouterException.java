package dev.croft.router;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the router refuses or could not do. The set is closed: each kind maps to one problem code of the HTTP API.
 * Messages are for the caller and hold no secret, no personal data and no path of this machine.
 */
public abstract sealed class RouterException extends RuntimeException {

    private RouterException(String message) {
        super(message);
    }

    private RouterException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** The code in the problem's type, lower case with dashes. */
    public abstract String code();

    /** The HTTP status of the problem. */
    public abstract int status();

    /** The field of the request that is to be corrected, where there is one. */
    public @Nullable String field() {
        return null;
    }

    /** The request is not of the documented shape. */
    public static final class Invalid extends RouterException {
        private final @Nullable String field;

        public Invalid(String message) {
            this(message, null);
        }

        /** @param field full name of what is wrong in the request */
        public Invalid(String message, @Nullable String field) {
            super(message);
            this.field = field;
        }

        @Override
        public @Nullable String field() {
            return field;
        }

        @Override
        public String code() {
            return "invalid-request";
        }

        @Override
        public int status() {
            return 400;
        }
    }

    /** No valid token, or a failed login. Never says which part was wrong. */
    public static final class Unauthenticated extends RouterException {
        public Unauthenticated() {
            super("no valid credentials");
        }

        @Override
        public String code() {
            return "unauthenticated";
        }

        @Override
        public int status() {
            return 401;
        }
    }

    /** A valid token that does not allow this. */
    public static final class Forbidden extends RouterException {
        public Forbidden(String message) {
            super(message);
        }

        @Override
        public String code() {
            return "forbidden";
        }

        @Override
        public int status() {
            return 403;
        }
    }

    /** No such thing, or not one that this account may know of. */
    public static final class NotFound extends RouterException {
        private final String kind;

        /** @param kind what was looked for, such as {@code private cloud} */
        public NotFound(String kind) {
            super("no such " + kind);
            this.kind = kind;
        }

        public String kind() {
            return kind;
        }

        @Override
        public String code() {
            return "not-found";
        }

        @Override
        public int status() {
            return 404;
        }
    }

    /** It exists already, or is in a state that does not allow this. */
    public static final class Conflict extends RouterException {
        private final @Nullable String field;

        public Conflict(String message) {
            this(message, null);
        }

        /** @param field full name of what it contradicts in the request */
        public Conflict(String message, @Nullable String field) {
            super(message);
            this.field = field;
        }

        @Override
        public @Nullable String field() {
            return field;
        }

        @Override
        public String code() {
            return "conflict";
        }

        @Override
        public int status() {
            return 409;
        }
    }

    /** The body is larger than the route takes. */
    public static final class TooLarge extends RouterException {
        private final long limit;

        /** @param limit in bytes */
        public TooLarge(long limit) {
            super("the body is larger than " + limit + " bytes");
            this.limit = limit;
        }

        public long limit() {
            return limit;
        }

        @Override
        public String code() {
            return "too-large";
        }

        @Override
        public int status() {
            return 413;
        }
    }

    /** A relayed body must announce its length. */
    public static final class LengthRequired extends RouterException {
        public LengthRequired() {
            super("the length of the body must be given");
        }

        @Override
        public String code() {
            return "length-required";
        }

        @Override
        public int status() {
            return 411;
        }
    }

    /** Too many requests, or locked out after failed logins. */
    public static final class TooMany extends RouterException {
        private final Duration retryAfter;

        public TooMany(Duration retryAfter) {
            super("too many requests");
            this.retryAfter = retryAfter;
        }

        /** How long to wait before the next attempt. */
        public Duration retryAfter() {
            return retryAfter;
        }

        @Override
        public String code() {
            return "too-many-requests";
        }

        @Override
        public int status() {
            return 429;
        }
    }

    /** A host, a permission manager or the runtime does not answer now. */
    public static final class Unavailable extends RouterException {
        public Unavailable(String message) {
            super(message);
        }

        public Unavailable(String message, Throwable cause) {
            super(message, cause);
        }

        @Override
        public String code() {
            return "unavailable";
        }

        @Override
        public int status() {
            return 503;
        }
    }

    /** The registry, a key file or a certificate is unusable. */
    public static final class Broken extends RouterException {
        public Broken(String message, @Nullable Throwable cause) {
            super(message, cause);
        }

        @Override
        public String code() {
            return "internal";
        }

        @Override
        public int status() {
            return 500;
        }
    }
}
