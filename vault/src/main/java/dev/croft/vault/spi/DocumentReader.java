package dev.croft.vault.spi;

import dev.croft.vault.documents.Find;
import java.util.function.Consumer;
import org.bson.RawBsonDocument;

/** Reads documents of one private cloud, within the collections and the time that a computation declared. Not for use after the computation. */
@FunctionalInterface
public interface DocumentReader {
    /** Hands over each document that matches, as of the moment of the call. */
    void forEach(Find find, Consumer<RawBsonDocument> each);
}
