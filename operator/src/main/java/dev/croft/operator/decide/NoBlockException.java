package dev.croft.operator.decide;

import dev.croft.budget.InvalidInputException;

/** No block, or too few, for a claim. */
final class NoBlockException extends RuntimeException {
    private static final long serialVersionUID = 1;

    final transient InvalidInputException cause;

    NoBlockException(InvalidInputException cause) {
        super(cause.getMessage(), cause, false, false);
        this.cause = cause;
    }
}
