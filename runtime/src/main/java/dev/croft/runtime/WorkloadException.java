package dev.croft.runtime;

import java.util.List;

/** What goes wrong in a runtime; a closed family, each member with its data. Messages hold no secrets. */
public abstract sealed class WorkloadException extends RuntimeException {
    private WorkloadException(String message) {
        super(message);
    }

    private WorkloadException(String message, Throwable cause) {
        super(message, cause);
    }

    /** The description of a workload breaks a rule; nothing was started. */
    public static final class InvalidSpec extends WorkloadException {
        public InvalidSpec(String message) {
            super(message);
        }
    }

    /** No workload of this name is known. */
    public static final class Unknown extends WorkloadException {
        private final WorkloadId id;

        public Unknown(WorkloadId id) {
            super("no workload " + id);
            this.id = id;
        }

        public WorkloadId id() {
            return id;
        }
    }

    /** A workload of this name exists; an ended one must be removed first. */
    public static final class Exists extends WorkloadException {
        private final WorkloadId id;

        public Exists(WorkloadId id) {
            super("workload " + id + " exists");
            this.id = id;
        }

        public WorkloadId id() {
            return id;
        }
    }

    /** The operation does not fit the state the workload is in. */
    public static final class WrongState extends WorkloadException {
        private final WorkloadStatus status;

        public WrongState(WorkloadStatus status, String operation) {
            super("cannot " + operation + " workload " + status.id() + ": it is " + status.state());
            this.status = status;
        }

        public WorkloadStatus status() {
            return status;
        }
    }

    /** The program is not the one named: its bytes have another digest. Nothing was started. */
    public static final class DigestMismatch extends WorkloadException {
        private final Digest expected;
        private final Digest actual;

        public DigestMismatch(Digest expected, Digest actual) {
            super("the program's digest is " + actual + ", not " + expected);
            this.expected = expected;
            this.actual = actual;
        }

        public Digest expected() {
            return expected;
        }

        public Digest actual() {
            return actual;
        }
    }

    /** What was started is not what was asked for; it was ended at once. */
    public static final class Deviates extends WorkloadException {
        private final List<String> deviations;

        /** @param deviations what is other than asked for, such as {@code image} or {@code mounts} */
        public Deviates(WorkloadId id, List<String> deviations) {
            super("the engine ran workload " + id + " other than it was asked to: " + String.join(", ", deviations));
            this.deviations = List.copyOf(deviations);
        }

        public List<String> deviations() {
            return deviations;
        }
    }

    /** The bundle has a file that is not plain (a link, a device), a bad name, or too many or too large files. */
    public static final class BadBundle extends WorkloadException {
        public BadBundle(String message) {
            super(message);
        }
    }

    /** An archive is no image, or bytes of it are other than the digests in it say. */
    public static final class BadImage extends WorkloadException {
        public BadImage(String message) {
            super(message);
        }
    }

    /** Isolation is required and this machine cannot give it; {@link #enforcement} says what is missing. */
    public static final class IsolationUnavailable extends WorkloadException {
        private final transient Enforcement enforcement;

        public IsolationUnavailable(Enforcement enforcement) {
            super("isolation is required, but not enforced here: " + enforcement.missing());
            this.enforcement = enforcement;
        }

        public Enforcement enforcement() {
            return enforcement;
        }
    }

    /** The workload did not reach the state waited for in the time given; it goes on as it was. */
    public static final class TimedOut extends WorkloadException {
        private final WorkloadStatus status;

        public TimedOut(WorkloadStatus status, String awaited) {
            super("workload " + status.id() + " is " + status.state() + ", waited for " + awaited);
            this.status = status;
        }

        public WorkloadStatus status() {
            return status;
        }
    }

    /** The backend itself failed: its engine does not answer, the disk is full, the state is in use by another. */
    public static final class Backend extends WorkloadException {
        public Backend(String message) {
            super(message);
        }

        public Backend(String message, Throwable cause) {
            super(message + ": " + cause.getMessage(), cause);
        }
    }
}
