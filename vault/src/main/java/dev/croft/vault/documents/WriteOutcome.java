package dev.croft.vault.documents;

import org.bson.BsonValue;

/** What became of one document of an insert or upsert. */
public sealed interface WriteOutcome {
    /** It is stored and durable. */
    record Taken(BsonValue id) implements WriteOutcome {}

    /** It is stored and durable in place of the document that had its {@code _id}. */
    record Replaced(BsonValue id) implements WriteOutcome {}

    /**
     * Nothing was written: a document with this {@code _id}, or with the values of a unique index, is stored.
     *
     * @param id of the stored document
     * @param same whether the stored document has the same contents
     */
    record AlreadyThere(BsonValue id, boolean same) implements WriteOutcome {}

    /**
     * Nothing was written: it cannot be stored.
     *
     * @param code as of {@link DocumentException.BadDocument#code()}
     */
    record Refused(String code, String reason) implements WriteOutcome {}
}
