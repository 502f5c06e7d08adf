package dev.croft.mobility.entry;

/** The input as a whole cannot be read on: thrown by {@link EntryReader} with the position where it gave up. */
public final class EntryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long index;

    EntryException(long index, String message) {
        super("entry " + index + ": " + message);
        this.index = index;
    }

    /** Position of the entry, from 0, at which reading stopped; all before it were delivered. */
    public long index() {
        return index;
    }
}
