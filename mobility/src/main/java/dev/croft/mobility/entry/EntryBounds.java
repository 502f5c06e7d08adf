package dev.croft.mobility.entry;

/**
 * How much of an input is read before it is refused.
 *
 * @param maxDepth deepest nesting of objects and arrays within one entry
 * @param maxEntryBytes largest JSON text of one entry, in bytes
 * @param maxEntries most entries of one input
 */
public record EntryBounds(int maxDepth, int maxEntryBytes, long maxEntries) {
    /** 32 levels, 1 MiB an entry, ten million entries: far above any real trace. */
    public static final EntryBounds STANDARD = new EntryBounds(32, 1 << 20, 10_000_000);

    public EntryBounds {
        if (maxDepth < 1 || maxEntryBytes < 2 || maxEntries < 1) {
            throw new IllegalArgumentException("bounds must be positive");
        }
    }
}
