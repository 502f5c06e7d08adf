package dev.croft.mobility.pipeline;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bson.BsonObjectId;
import org.bson.types.ObjectId;
import org.jspecify.annotations.Nullable;

/**
 * Ids of derived documents, from what they stand for. A place's neighbours are known from the place alone, which is all
 * that a resumed run has of its first one.
 */
final class DocumentIds {
    private final RawTimeline raw;
    private final Timeline timeline;
    private final int[] movementNumber;
    private final int[] placeNumber;
    private final MessageDigest digest;

    DocumentIds(PipelineResult result) {
        raw = result.raw();
        timeline = result.timeline();
        movementNumber = new int[raw.movements().size()];
        placeNumber = new int[raw.places().size()];
        // Only damaged data have two of a kind at one instant.
        record Name(boolean untracked, double ts) {}
        Map<Name, Integer> movements = new HashMap<>();
        for (int i = 0; i < movementNumber.length; i++) {
            RawMovement movement = raw.movements().get(i);
            Name name =
                    new Name(movement instanceof RawUntracked, movement.end().ts());
            movementNumber[i] = movements.merge(name, 1, Integer::sum) - 1;
        }
        Map<Name, Integer> places = new HashMap<>();
        for (int i = 0; i < placeNumber.length; i++) {
            Name name = new Name(isAfterUntracked(i), enter(i));
            placeNumber[i] = places.merge(name, 1, Integer::sum) - 1;
        }
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** When the raw place was entered; for the first one, when it was left. */
    double enter(int rawPlace) {
        RawPlace place = raw.places().get(rawPlace);
        return place.hasEnter() ? place.enterTs() : place.location().ts();
    }

    String rawKey(int movement) {
        return raw.movements().get(movement) instanceof RawTrip
                ? DerivedDocuments.RAW_TRIP
                : DerivedDocuments.RAW_UNTRACKED;
    }

    BsonObjectId rawMovement(int movement) {
        return movement(rawKey(movement), movement);
    }

    BsonObjectId movement(String key, int rawMovement) {
        return id(key, raw.movements().get(rawMovement).end().ts(), movementNumber[rawMovement], 0, 0);
    }

    BsonObjectId part(String key, int rawMovement, int part) {
        return id(key, raw.movements().get(rawMovement).end().ts(), movementNumber[rawMovement], part, 0);
    }

    BsonObjectId point(String key, int rawMovement, int part, int point) {
        return id(key, raw.movements().get(rawMovement).end().ts(), movementNumber[rawMovement], part, point);
    }

    /** Untracked time may end where a trip of no length does, so the place in between is told apart. */
    BsonObjectId rawPlace(String key, int rawPlace) {
        int kind = isAfterUntracked(rawPlace) ? 1 : raw.places().get(rawPlace).hasEnter() ? 0 : 2;
        return id(key, enter(rawPlace), placeNumber[rawPlace], kind, 0);
    }

    BsonObjectId cleanedPlace(String key, int place) {
        return rawPlace(key, firstRaw(place));
    }

    /** The raw place that a cleaned place began as. */
    int firstRaw(int cleanedPlace) {
        List<Integer> rawPlaces = timeline.places().get(cleanedPlace).rawPlaces();
        return rawPlaces.getFirst();
    }

    /** The trip that a resumed run's first place was reached by; null at the start of tracking. */
    @Nullable
    BsonObjectId tripBefore(String key) {
        RawPlace first = raw.places().getFirst();
        return first.hasEnter() ? id(key, first.enterTs(), 0, 0, 0) : null;
    }

    private boolean isAfterUntracked(int rawPlace) {
        return rawPlace > 0 && raw.movements().get(rawPlace - 1) instanceof RawUntracked;
    }

    /** An object id whose first four bytes are the instant, and whose rest is a hash of what it names. */
    private BsonObjectId id(String key, double ts, int number, int part, int point) {
        byte[] name = key.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(20 + name.length)
                .putDouble(ts)
                .putInt(number)
                .putInt(part)
                .putInt(point)
                .put(name)
                .array());
        return new BsonObjectId(new ObjectId(ByteBuffer.allocate(12)
                .putInt((int) (long) ts)
                .put(digest.digest(), 0, 8)
                .array()));
    }
}
