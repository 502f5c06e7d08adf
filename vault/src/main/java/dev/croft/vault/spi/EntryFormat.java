package dev.croft.vault.spi;

import java.io.IOException;
import java.io.InputStream;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;

/** A format in which entries are uploaded. Thread-safe. */
public interface EntryFormat {
    /** What the upload route's parameter {@code format} calls it. */
    String name();

    /**
     * Reads entries one after the other and hands each to {@code sink}, in order. Memory is bounded whatever comes in; what cannot be read on
     * (cut short, not of this format at all) is a refusal too, after which it returns.
     *
     * @param entries decompressed already
     * @throws IOException if {@code entries} throws it
     */
    void read(InputStream entries, Sink sink) throws IOException;

    /** Takes entries. */
    interface Sink {
        /**
         * An entry fit to store.
         *
         * @param collection where it belongs
         * @param idempotencyKey the same for the same entry sent again; 1 to 128 printable ASCII characters
         */
        void accept(BsonDocument entry, String collection, String idempotencyKey);

        /**
         * An entry that is not.
         *
         * @param reason from a small set, without values of the entry
         * @param text the entry as it came, cut to a few thousand characters; {@code null}: it could not be kept
         */
        void refuse(String reason, @Nullable String text);
    }
}
