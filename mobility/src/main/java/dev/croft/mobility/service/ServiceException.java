package dev.croft.mobility.service;

/** Why a service ended without its result; the message is one line and holds nothing of the person's data. */
public abstract sealed class ServiceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private ServiceException(String message, Throwable cause) {
        super(message, cause);
    }

    private ServiceException(String message) {
        super(message);
    }

    /** Exit status of the process. */
    abstract int status();

    /** The input of the launch is missing or makes no sense. */
    public static final class BadInput extends ServiceException {
        private static final long serialVersionUID = 1L;

        public BadInput(String message) {
            super(message);
        }

        @Override
        int status() {
            return 3;
        }
    }

    /** The door refused a request. */
    public static final class Refused extends ServiceException {
        private static final long serialVersionUID = 1L;
        private final int httpStatus;
        private final String type;

        Refused(int httpStatus, String type, String detail) {
            super("the door refused: " + httpStatus + " " + type + (detail.isEmpty() ? "" : ": " + detail));
            this.httpStatus = httpStatus;
            this.type = type;
        }

        /** HTTP status of the answer. */
        public int httpStatus() {
            return httpStatus;
        }

        /** The problem's type, an URI, or empty if the answer had none. */
        public String type() {
            return type;
        }

        @Override
        int status() {
            return 4;
        }
    }

    /** There is no door, or it does not answer as one. */
    public static final class NoDoor extends ServiceException {
        private static final long serialVersionUID = 1L;

        NoDoor(String message, Throwable cause) {
            super(message, cause);
        }

        NoDoor(String message) {
            super(message);
        }

        @Override
        int status() {
            return 6;
        }
    }
}
