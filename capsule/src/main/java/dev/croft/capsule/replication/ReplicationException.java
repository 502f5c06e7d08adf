package dev.croft.capsule.replication;

import java.time.Instant;

/** What replication refuses or could not do, as a closed family. */
public abstract sealed class ReplicationException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private ReplicationException(String message) {
        super(message);
    }

    private ReplicationException(String message, Throwable cause) {
        super(message, cause);
    }

    /** What was sent does not verify, or is more than is taken. Nothing of it was stored. */
    public static final class Refused extends ReplicationException {
        private static final long serialVersionUID = 1;

        public Refused(String reason) {
            super(reason);
        }
    }

    /** The writer of a strict capsule signed two histories; the replica keeps the first one it saw. */
    public static final class Forked extends ReplicationException {
        private static final long serialVersionUID = 1;
        private final transient Fork evidence;

        public Forked(Fork evidence) {
            super("the writer signed two histories: " + evidence.one() + " and " + evidence.other());
            this.evidence = evidence;
        }

        public Fork evidence() {
            return evidence;
        }
    }

    /** Neither a delegation by the owner nor a proof of one of its readers allows this. */
    public static final class NotAllowed extends ReplicationException {
        private static final long serialVersionUID = 1;

        public NotAllowed(String reason) {
            super(reason);
        }
    }

    /** The server does not hold this capsule, or nobody who does is known. */
    public static final class Unknown extends ReplicationException {
        private static final long serialVersionUID = 1;

        public Unknown(String what) {
            super(what);
        }
    }

    /** The server has no room for more: its disk is full, or the owner's share of it. */
    public static final class NoRoom extends ReplicationException {
        private static final long serialVersionUID = 1;

        public NoRoom(String reason) {
            super(reason);
        }
    }

    /** No answer came; what was asked for may have been done or not. */
    public static final class Unreachable extends ReplicationException {
        private static final long serialVersionUID = 1;

        public Unreachable(String whom, Throwable cause) {
            super(whom + " does not answer: " + cause.getMessage(), cause);
        }

        public Unreachable(String whom) {
            super(whom + " does not answer");
        }
    }

    /** Too few servers answered in time. What was appended is on the writer's own disk and goes on being sent. */
    public static final class NotEnough extends ReplicationException {
        private static final long serialVersionUID = 1;
        private final int answered;
        private final int needed;

        public NotEnough(int answered, int needed) {
            super(answered + " of " + needed + " servers answered");
            this.answered = answered;
            this.needed = needed;
        }

        public int answered() {
            return answered;
        }

        public int needed() {
            return needed;
        }
    }

    /** Everything that was found is older than was asked for. */
    public static final class Stale extends ReplicationException {
        private static final long serialVersionUID = 1;

        public Stale(Instant newest, Instant wanted) {
            super("the newest head is of " + newest + ", and one not older than " + wanted + " was asked for");
        }
    }
}
