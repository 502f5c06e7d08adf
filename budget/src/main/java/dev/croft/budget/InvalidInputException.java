package dev.croft.budget;

/** Input that has no meaning. Nothing changed; {@link #field()} names what to correct and {@link #problem()} how. */
public final class InvalidInputException extends BudgetException {
    /** The ways in which input can be wrong. */
    public enum Problem {
        NOT_A_NUMBER,
        NEGATIVE,
        ZERO,
        INFINITE,
        OVERFLOW,
        TOO_FINE,
        EMPTY,
        TOO_MANY,
        MALFORMED,
        OUT_OF_RANGE,
        DUPLICATE,
        UNKNOWN
    }

    private final String field;
    private final Problem problem;
    private final String detail;

    public InvalidInputException(String field, Problem problem, String detail) {
        super(field + ": " + problem + ": " + detail);
        this.field = field;
        this.problem = problem;
        this.detail = detail;
    }

    public String field() {
        return field;
    }

    public Problem problem() {
        return problem;
    }

    /** What exactly is wrong; without the field and the problem. */
    public String detail() {
        return detail;
    }
}
