package dev.croft.capsule.codec;

/** Bytes from outside that are not a canonical encoding: cut short, too long, or out of bounds. */
public final class Malformed extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String problem;

    public Malformed(String problem) {
        super(problem);
        this.problem = problem;
    }

    @Override
    public String getMessage() {
        return problem;
    }
}
