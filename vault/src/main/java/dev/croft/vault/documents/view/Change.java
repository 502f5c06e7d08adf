package dev.croft.vault.documents.view;

import dev.croft.vault.documents.filter.OrderedBytes;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * One document put or taken away.
 *
 * @param id its {@code _id}
 * @param key the ordered bytes of its {@code _id}
 * @param document its BSON; null: taken away
 */
public record Change(String collection, BsonValue id, byte[] key, byte @Nullable [] document) {
    public static Change put(String collection, BsonValue id, byte[] document) {
        return new Change(collection, id, OrderedBytes.of(id), document);
    }

    public static Change delete(String collection, BsonValue id) {
        return new Change(collection, id, OrderedBytes.of(id), null);
    }
}
