package dev.croft.vault.audit;

import dev.croft.capsule.CapsuleRecord;
import dev.croft.vault.api.AuditEntry;
import dev.croft.vault.api.Listing;
import dev.croft.vault.store.BsonBytes;
import dev.croft.vault.store.OpenCapsule;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonString;

/** The audit capsule. Thread-safe; a record is durable when the call that made it returns, and many callers share one write to disk. */
public final class AuditTrail {
    private static final int MOST_TEXT = 300;

    private final OpenCapsule capsule;

    /** The trail in {@code capsule}, which stays the caller's to close. */
    public AuditTrail(OpenCapsule capsule) {
        this.capsule = capsule;
    }

    /**
     * What happened; its time is the record's.
     *
     * @see AuditEntry
     */
    public record Event(String who, String operation, String object, String outcome, long count, String detail) {
        /** Something that went well. */
        public static Event ok(String who, String operation, String object, long count, String detail) {
            return new Event(who, operation, object, "ok", count, detail);
        }
    }

    /** Records what happened. */
    public void record(Event event) {
        record(List.of(event));
    }

    /** Records what happened, in order. */
    public void record(List<Event> events) {
        if (!events.isEmpty()) {
            capsule.append(events.stream().map(AuditTrail::encode).toList());
        }
    }

    /** Records from {@code from} on, at most {@code limit}. */
    public Listing<AuditEntry> list(long from, int limit) {
        long end = capsule.size();
        long first = Math.clamp(from, 0, end);
        long to = Math.min(end, first + limit);
        try (var records = capsule.range(first, to)) {
            return new Listing<>(records.map(AuditTrail::decode).toList(), to, end);
        }
    }

    private static byte[] encode(Event event) {
        return BsonBytes.encode(new BsonDocument("w", text(event.who))
                .append("o", text(event.operation))
                .append("b", text(event.object))
                .append("r", text(event.outcome))
                .append("n", new BsonInt64(event.count))
                .append("d", text(event.detail)));
    }

    private static BsonString text(String text) {
        return new BsonString(text.length() <= MOST_TEXT ? text : text.substring(0, MOST_TEXT));
    }

    /** What a record of an audit capsule says. */
    public static AuditEntry decode(CapsuleRecord record) {
        BsonDocument body = BsonBytes.decode(record.body());
        return new AuditEntry(
                record.sequence(),
                record.timestamp(),
                body.getString("w").getValue(),
                body.getString("o").getValue(),
                body.getString("b").getValue(),
                body.getString("r").getValue(),
                body.getInt64("n").getValue(),
                body.getString("d").getValue());
    }
}
