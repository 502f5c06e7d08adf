package dev.croft.budget;

/** An event cannot follow the events before it, or its bytes are not canonical: the stored history was damaged. */
public final class CorruptHistoryException extends BudgetException {
    public CorruptHistoryException(String detail) {
        super(detail);
    }
}
