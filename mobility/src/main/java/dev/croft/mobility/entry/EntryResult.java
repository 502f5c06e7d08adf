package dev.croft.mobility.entry;

import org.bson.BsonDocument;

/** One entry of an input: taken, or refused with a reason. */
public sealed interface EntryResult {
    /** Position of the entry in its input, from 0. */
    long index();

    /**
     * An entry that was read.
     *
     * @param index position in the input, from 0
     * @param entry the entry; the reader keeps no reference to it
     */
    record Taken(long index, BsonDocument entry) implements EntryResult {}

    /**
     * An entry that was not.
     *
     * @param index position in the input, from 0
     * @param refusal why
     * @param text the beginning of the entry's JSON, at most {@link EntryReader#KEPT_TEXT} bytes, to be kept aside
     */
    record Refused(long index, Refusal refusal, String text) implements EntryResult {}
}
