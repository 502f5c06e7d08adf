package dev.croft.budget.ledger;

/**
 * Why a command changed nothing.
 *
 * @param subject the block or reservation it concerns
 * @param detail for people; may change between versions
 */
public record Refusal(Reason reason, String subject, String detail) {
    /** The closed set of reasons. */
    public enum Reason {
        /** No block of that name. */
        UNKNOWN_BLOCK,
        /** A block of that name exists with another window or total. */
        BLOCK_EXISTS,
        /** Less is available on the block than was asked. */
        INSUFFICIENT_BUDGET,
        /** No reservation with that key. */
        UNKNOWN_RESERVATION,
        /** The key was used for something else. */
        KEY_REUSED,
        /** More was to be committed than had been reserved. */
        EXCEEDS_RESERVATION,
        /** The reservation has been committed already (differently). */
        ALREADY_COMMITTED,
        /** The reservation has been refunded already. */
        ALREADY_REFUNDED,
        /** The reservation has expired and its budget was given back. */
        ALREADY_EXPIRED
    }
}
