package dev.croft.vault.documents;

import java.util.List;
import org.bson.RawBsonDocument;

/**
 * Some documents of an answer.
 *
 * @param cursor asks for the rest; 0 if there is none
 */
public record Page(long cursor, List<RawBsonDocument> documents) {
    public Page {
        documents = List.copyOf(documents);
    }
}
