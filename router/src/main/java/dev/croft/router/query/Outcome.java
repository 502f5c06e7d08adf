package dev.croft.router.query;

/**
 * What came of asking a permission manager for something.
 *
 * @param <T> what it answers
 */
public sealed interface Outcome<T> {

    /** It answered. */
    record Done<T>(T value) implements Outcome<T> {
        /** Does not tell the value, which may be a person's. */
        @Override
        public String toString() {
            return "Done";
        }
    }

    /**
     * It refused: nothing was done.
     *
     * @param code of its problem
     */
    record Refused<T>(String code) implements Outcome<T> {}

    /** No answer: it may or may not have been done. */
    record Unreachable<T>() implements Outcome<T> {}
}
