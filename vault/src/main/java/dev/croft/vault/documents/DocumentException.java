package dev.croft.vault.documents;

import org.jspecify.annotations.Nullable;

/**
 * Everything that can go wrong with documents. The set is closed, so that the edge can map each kind to a problem type;
 * messages name operators, paths and limits, never values of documents.
 */
public abstract sealed class DocumentException extends RuntimeException {
    private DocumentException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** A filter, projection, sort or other query option that cannot be understood. */
    public static final class BadQuery extends DocumentException {
        private final String subject;

        /** @param subject the operator or path that is wrong, as the caller wrote it */
        public BadQuery(String subject, String message) {
            super(message, null);
            this.subject = subject;
        }

        /** The operator or path that is wrong, for instance {@code $where}. */
        public String subject() {
            return subject;
        }
    }

    /** An update that cannot be understood or cannot be applied to the document it found. */
    public static final class BadUpdate extends DocumentException {
        private final String subject;

        public BadUpdate(String subject, String message) {
            super(message, null);
            this.subject = subject;
        }

        /** The operator or path that is wrong. */
        public String subject() {
            return subject;
        }
    }

    /** A document that cannot be stored: too large, too deep, a bad {@code _id}, a second one with a unique key. */
    public static final class BadDocument extends DocumentException {
        private final String code;

        public BadDocument(String code, String message) {
            super(message, null);
            this.code = code;
        }

        /** A short stable code: {@code too-large}, {@code too-deep}, {@code bad-id}, {@code bad-name}, {@code duplicate}, … */
        public String code() {
            return code;
        }
    }

    /** A call that asks for something outside its {@link ReadScope}. */
    public static final class OutOfScope extends DocumentException {
        private final String subject;

        public OutOfScope(String subject, String message) {
            super(message, null);
            this.subject = subject;
        }

        /** The collection or path that lies outside. */
        public String subject() {
            return subject;
        }
    }

    /** A bound was reached: too many cursors, too much to sort, a regular expression too costly. */
    public static final class LimitReached extends DocumentException {
        private final String limit;
        private final long bound;

        public LimitReached(String limit, long bound) {
            super(limit + " may not exceed " + bound, null);
            this.limit = limit;
            this.bound = bound;
        }

        /** What is bounded, for instance {@code open cursors}. */
        public String limit() {
            return limit;
        }

        public long bound() {
            return bound;
        }
    }

    /** A cursor that never was, was closed, or was idle too long. */
    public static final class UnknownCursor extends DocumentException {
        private final long cursor;

        public UnknownCursor(long cursor) {
            super("no open cursor " + cursor, null);
            this.cursor = cursor;
        }

        public long cursor() {
            return cursor;
        }
    }

    /** The view's file does not hold what was written to it; the store answers by rebuilding it. */
    public static final class ViewDamaged extends DocumentException {
        public ViewDamaged(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The log holds a record that is not a document change, or could not take one: the store must be reopened. */
    public static final class LogFailed extends DocumentException {
        public LogFailed(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The store was closed (the private cloud hibernates or was deleted). */
    public static final class Closed extends DocumentException {
        public Closed() {
            super("the document store is closed", null);
        }
    }
}
