package dev.croft.app.cli;

/** Ends a command with one line for the user and an exit status for scripts. */
public final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ExitStatus status;

    public CommandException(ExitStatus status, String message) {
        super(message);
        this.status = status;
    }

    public CommandException(ExitStatus status, String message, Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    /** How the process ends. */
    public ExitStatus status() {
        return status;
    }
}
