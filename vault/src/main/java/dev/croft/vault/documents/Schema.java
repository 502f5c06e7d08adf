package dev.croft.vault.documents;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The declared indexes of each collection. Collections that are not named here exist too, with {@code _id} as their only index; a view that was
 * made by another schema is rebuilt when it is opened.
 */
public record Schema(Map<String, List<Index>> indexes) {
    /** The collection of e-mission entries. */
    public static final String ENTRIES = "entries";

    /** Where an entry carries the key by which a repeated upload is recognised. */
    public static final String IDEMPOTENCY_KEY = "metadata.idempotency_key";

    /** No indexes but {@code _id}. */
    public static final Schema NONE = new Schema(Map.of());

    /** Entries by key and by each of the two times that e-mission asks for. */
    public static final Schema EMISSION = new Schema(Map.of(
            ENTRIES,
            List.of(
                    Index.on("metadata.key", "data.ts"),
                    Index.on("metadata.key", "metadata.write_ts"),
                    Index.uniqueOn(IDEMPOTENCY_KEY))));

    public Schema {
        Map<String, List<Index>> copy = new TreeMap<>();
        indexes.forEach((collection, list) -> {
            Set<String> names = new HashSet<>();
            list.forEach(index -> {
                if (!names.add(index.name())) {
                    throw new IllegalArgumentException("index declared twice: " + index.name());
                }
            });
            copy.put(collection, List.copyOf(list));
        });
        indexes = copy;
    }

    /** The declared indexes of a collection. */
    public List<Index> of(String collection) {
        return indexes.getOrDefault(collection, List.of());
    }
}
