package dev.croft.mobility.entry;

import org.bson.BsonDocument;

/** The two forms of an entry. */
public enum EntryFormat {
    /** As a phone sends it. */
    PHONE,
    /** As the e-mission server keeps it: with local dates, a GeoJSON point and numeric codes. */
    LONG_TERM;

    /** Tells the form by the server's own test: long-term entries carry {@code metadata.write_fmt_time}. */
    public static EntryFormat of(BsonDocument entry) {
        return entry.get("metadata") instanceof BsonDocument metadata && metadata.containsKey("write_fmt_time")
                ? LONG_TERM
                : PHONE;
    }
}
