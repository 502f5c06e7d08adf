package dev.croft.budget;

/**
 * What the budget room throws: bad input, named by field, or a stored history that contradicts itself. A request that is
 * well formed but cannot be met (not enough budget, unknown block) is never an exception; it is a refusal.
 */
public abstract sealed class BudgetException extends RuntimeException
        permits InvalidInputException, CorruptHistoryException {
    BudgetException(String message) {
        super(message);
    }
}
