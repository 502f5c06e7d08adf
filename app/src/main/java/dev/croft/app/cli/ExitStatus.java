package dev.croft.app.cli;

/** What the command's exit status says. The README lists them; scripts rely on them. */
public enum ExitStatus {
    /** Done. */
    OK(0),
    /** A fault of ours. */
    INTERNAL(1),
    /** The command line cannot be understood. */
    USAGE(2),
    /** A file or document given cannot be read, or holds nothing usable; or a file or standard output cannot be written. */
    INPUT(3),
    /** Not allowed: no grant, no permission, or no budget left. */
    REFUSED(4),
    /** What was named does not exist. */
    NOT_FOUND(5),
    /** The server, a private cloud or the sandbox is not there, or locked. */
    UNAVAILABLE(6),
    /** A capsule, signature or digest does not verify. */
    UNVERIFIED(7),
    /** Stopped by the user. */
    INTERRUPTED(130),
    /** Whoever read the output went away, as {@code head} does; said quietly, as the shell says it of others. */
    UNREAD(141);

    private final int code;

    ExitStatus(int code) {
        this.code = code;
    }

    /** The process's exit status. */
    public int code() {
        return code;
    }
}
