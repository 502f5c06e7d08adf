package dev.croft.capsule;

import java.io.IOException;
import java.nio.file.Path;

/** Everything a capsule refuses to do, as a closed family; each carries what a caller needs to act on it. */
public abstract sealed class CapsuleException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private CapsuleException(String message) {
        super(message);
    }

    private CapsuleException(String message, Throwable cause) {
        super(message, cause);
    }

    /** The files are not a capsule as its writer left it. */
    public static final class Damaged extends CapsuleException {
        private static final long serialVersionUID = 1;
        private final transient Position position;
        private final Flaw flaw;

        public Damaged(Flaw flaw, Position position, String detail) {
            super("damaged capsule: " + detail + " (" + position + ")");
            this.flaw = flaw;
            this.position = position;
        }

        public Position position() {
            return position;
        }

        public Flaw flaw() {
            return flaw;
        }
    }

    /** The disk failed or is full; nothing of the call was acknowledged. The writer may be used further. */
    public static final class DiskFailed extends CapsuleException {
        private static final long serialVersionUID = 1;

        public DiskFailed(String action, IOException cause) {
            super(action + ": " + cause.getMessage(), cause);
        }
    }

    /** A body, or the sum of one append's bodies, is over the limit. */
    public static final class TooLarge extends CapsuleException {
        private static final long serialVersionUID = 1;
        private final long length;
        private final long limit;

        public TooLarge(long length, long limit) {
            super(length + " bytes where at most " + limit + " are allowed");
            this.length = length;
            this.limit = limit;
        }

        public long length() {
            return length;
        }

        public long limit() {
            return limit;
        }
    }

    /** There is no such record. */
    public static final class NoSuchRecord extends CapsuleException {
        private static final long serialVersionUID = 1;
        private final long sequence;

        public NoSuchRecord(long sequence, long size) {
            super("no record " + sequence + " in a capsule of " + size);
            this.sequence = sequence;
        }

        public long sequence() {
            return sequence;
        }
    }

    /** The record's data key was shredded, or its body was dropped after that. */
    public static final class Shredded extends CapsuleException {
        private static final long serialVersionUID = 1;
        private final int epoch;

        public Shredded(int epoch) {
            super("the data key of epoch " + epoch + " was shredded");
            this.epoch = epoch;
        }

        public int epoch() {
            return epoch;
        }
    }

    /** No reader key was given, or it is not among those the epoch's data key was wrapped for. */
    public static final class NotAReader extends CapsuleException {
        private static final long serialVersionUID = 1;
        private final int epoch;

        public NotAReader(int epoch) {
            super("the data key of epoch " + epoch + " was not wrapped for this reader");
            this.epoch = epoch;
        }

        public int epoch() {
            return epoch;
        }
    }

    /** A key is not the one the capsule's metadata name. */
    public static final class WrongKey extends CapsuleException {
        private static final long serialVersionUID = 1;

        public WrongKey(String whose) {
            super("not the " + whose + " of this capsule");
        }
    }

    /** Another writer, here or in another process, holds the capsule. */
    public static final class Busy extends CapsuleException {
        private static final long serialVersionUID = 1;
        private final transient Path directory;

        public Busy(Path directory) {
            super("another writer holds " + directory);
            this.directory = directory;
        }

        public Path directory() {
            return directory;
        }
    }

    /** There is already a capsule where one should be created, or none where one should be opened. */
    public static final class WrongDirectory extends CapsuleException {
        private static final long serialVersionUID = 1;
        private final transient Path directory;

        public WrongDirectory(Path directory, String problem) {
            super(directory + ": " + problem);
            this.directory = directory;
        }

        public Path directory() {
            return directory;
        }
    }

    /** The writer or reader was closed. */
    public static final class Closed extends CapsuleException {
        private static final long serialVersionUID = 1;

        public Closed() {
            super("the capsule is closed");
        }
    }
}
