package dev.croft.mobility.pipeline;

import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;

/**
 * A label or survey answer that a person gave for a trip or place ({@code manual/...}).
 *
 * @param id the entry's {@code _id} as text
 * @param key the entry's {@code metadata.key}
 * @param writeTs when it was written, epoch seconds
 * @param startTs start of what it is about, epoch seconds
 * @param endTs end of what it is about, epoch seconds; NaN where open
 * @param matchId joins an addition with its later deletion; null where absent
 * @param status {@code ACTIVE} or {@code DELETED} for additions; null where absent
 * @param entry the whole entry, copied into what it is matched with
 */
public record UserInput(
        String id,
        String key,
        double writeTs,
        double startTs,
        double endTs,
        @Nullable String matchId,
        @Nullable String status,
        BsonDocument entry) {

    /** Additions accumulate; any other input replaces an older one of its kind. */
    boolean isAddition() {
        return key.endsWith("_addition_input");
    }

    boolean isAboutPlace() {
        return key.startsWith("manual/place_");
    }

    /** The field of {@code data.user_input} that the input fills: {@code manual/mode_confirm} → {@code mode_confirm}. */
    String field() {
        return key.substring(key.indexOf('/') + 1);
    }
}
