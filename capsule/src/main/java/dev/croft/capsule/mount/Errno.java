package dev.croft.capsule.mount;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.files.FileNodes;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.ReadOnlyFileSystemException;

/** Linux's numbers of errors, and what of ours comes to which. */
final class Errno {
    static final int EPERM = 1;
    static final int ENOENT = 2;
    static final int EINTR = 4;
    static final int EIO = 5;
    static final int EBADF = 9;
    static final int EAGAIN = 11;
    static final int EACCES = 13;
    static final int EEXIST = 17;
    static final int ENODEV = 19;
    static final int ENOTDIR = 20;
    static final int EISDIR = 21;
    static final int EINVAL = 22;
    static final int EFBIG = 27;
    static final int ENOSPC = 28;
    static final int EROFS = 30;
    static final int ENAMETOOLONG = 36;
    static final int ENOSYS = 38;
    static final int ENOTEMPTY = 39;
    static final int EILSEQ = 84;
    static final int ENOTCONN = 107;

    private Errno() {}

    /** An operation that ends with an error number. */
    static final class Failed extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final int number;

        Failed(int number) {
            super("error " + number, null, false, false);
            this.number = number;
        }
    }

    /** The number for a fault; what nothing is known of is an I/O error. */
    static int of(RuntimeException fault) {
        return switch (fault) {
            case Failed failed -> failed.number;
            case FileNodes.Refused refused ->
                switch (refused.reason()) {
                    case ABSENT -> ENOENT;
                    case EXISTS -> EEXIST;
                    case NOT_A_FOLDER -> ENOTDIR;
                    case IS_A_FOLDER -> EISDIR;
                    case NOT_EMPTY -> ENOTEMPTY;
                    case NAME_TOO_LONG -> ENAMETOOLONG;
                    case NOT_A_NAME -> EINVAL;
                    case TOO_LARGE -> EFBIG;
                };
            case ReadOnlyFileSystemException _ -> EROFS;
            case ClosedFileSystemException _ -> ENOTCONN;
            // What was shredded, or sealed for others only, is not to be had.
            case CapsuleException.Shredded _, CapsuleException.NotAReader _ -> EACCES;
            case CapsuleException.TooLarge _ -> EFBIG;
            case CapsuleException.DiskFailed failed when isFull(failed) -> ENOSPC;
            default -> EIO;
        };
    }

    private static boolean isFull(CapsuleException.DiskFailed failed) {
        Throwable cause = failed.getCause();
        return cause != null && String.valueOf(cause.getMessage()).contains("No space left");
    }
}
