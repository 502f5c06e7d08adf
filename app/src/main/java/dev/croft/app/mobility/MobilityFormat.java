package dev.croft.app.mobility;

import dev.croft.mobility.entry.EntryBounds;
import dev.croft.mobility.entry.EntryException;
import dev.croft.mobility.entry.EntryIdentity;
import dev.croft.mobility.entry.EntryReader;
import dev.croft.mobility.entry.EntryResult;
import dev.croft.mobility.entry.LongTermFormat;
import dev.croft.vault.documents.Schema;
import dev.croft.vault.spi.EntryFormat;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.bson.BsonDocument;

/**
 * Entries of e-mission in the phone's or the long-term format, told apart one by one; JSON array or lines, plain or gzip.
 * Stored in the long-term format. An entry that comes again in the other format is the same entry.
 */
public final class MobilityFormat implements EntryFormat {
    /** What uploads call it. */
    public static final String NAME = "e-mission";

    private static final int OBJECT_ID_DIGITS = 24;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void read(InputStream entries, Sink sink) throws IOException {
        try {
            // The upload closes what it opened.
            EntryReader reader = EntryReader.open(entries, EntryBounds.STANDARD);
            while (reader.hasNext()) {
                switch (LongTermFormat.convert(reader.next())) {
                    case EntryResult.Taken(long _, BsonDocument entry) ->
                        sink.accept(entry, Schema.ENTRIES, key(EntryIdentity.of(entry)));
                    case EntryResult.Refused refused ->
                        sink.refuse(refused.refusal().reason().code(), refused.text());
                }
            }
        } catch (EntryException e) {
            sink.refuse("unreadable-from-here", null);
        } catch (UncheckedIOException e) {
            throw e.getCause() == null ? new IOException(e) : e.getCause();
        }
    }

    /** An id that is no object id may be of any length, so its hash stands for it. */
    private static String key(EntryIdentity identity) {
        return identity.id().length() == OBJECT_ID_DIGITS ? identity.id() : identity.contentHash();
    }
}
