package dev.croft.runtime.registry;

/** What goes wrong with a registry; a closed family. Messages hold no secrets, and of what a registry says only short words. */
public abstract sealed class RegistryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private RegistryException(String message) {
        super(message);
    }

    private RegistryException(String message, Throwable cause) {
        super(message, cause);
    }

    /** It does not let this user do this, or we do not do what it asks for. */
    public static final class Refused extends RegistryException {
        private static final long serialVersionUID = 1L;

        public Refused(String message) {
            super(message);
        }
    }

    /** It has no such image. */
    public static final class NotFound extends RegistryException {
        private static final long serialVersionUID = 1L;

        public NotFound(String message) {
            super(message);
        }
    }

    /** It is not there, is busy, fails, or stopped talking; later it may do. */
    public static final class Unavailable extends RegistryException {
        private static final long serialVersionUID = 1L;

        public Unavailable(String message) {
            super(message);
        }

        public Unavailable(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** Its certificate is of no authority that is trusted, or of another name. */
    public static final class Untrusted extends RegistryException {
        private static final long serialVersionUID = 1L;

        public Untrusted(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** What it sent has another digest than was asked for, or is no image of the kind that is fetched. */
    public static final class Mismatch extends RegistryException {
        private static final long serialVersionUID = 1L;

        public Mismatch(String message) {
            super(message);
        }
    }

    /** It answered against the protocol, or with more than anybody should. */
    public static final class Misbehaved extends RegistryException {
        private static final long serialVersionUID = 1L;

        public Misbehaved(String message) {
            super(message);
        }
    }

    /** The file of user and password cannot be used. */
    public static final class BadCredentials extends RegistryException {
        private static final long serialVersionUID = 1L;

        public BadCredentials(String message) {
            super(message);
        }
    }
}
