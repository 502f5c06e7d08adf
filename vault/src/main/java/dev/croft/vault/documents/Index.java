package dev.croft.vault.documents;

import dev.croft.vault.documents.filter.FieldPath;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A declared index: documents of a collection ordered by the values at some paths. A filter uses it for equality (or {@code $in}, or an
 * {@code $or} of equalities) on its leading paths and then a range on the next one.
 *
 * @param paths from one to eight
 * @param unique whether no two documents may have the same values; documents in which one of the paths is missing are free
 */
public record Index(List<FieldPath> paths, boolean unique) {
    private static final int MAX_PATHS = 8;

    public Index {
        paths = List.copyOf(paths);
        if (paths.isEmpty() || paths.size() > MAX_PATHS) {
            throw new IllegalArgumentException("an index has from 1 to " + MAX_PATHS + " paths");
        }
    }

    /** An index on these paths. */
    public static Index on(String... paths) {
        return new Index(Arrays.stream(paths).map(FieldPath::parse).toList(), false);
    }

    /** An index on these paths that keeps documents apart. */
    public static Index uniqueOn(String... paths) {
        return new Index(Arrays.stream(paths).map(FieldPath::parse).toList(), true);
    }

    /** The paths joined by commas: what {@link Explain} and the view's file call it. */
    public String name() {
        return paths.stream().map(FieldPath::toString).collect(Collectors.joining(","));
    }
}
