package dev.croft.mobility.entry;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeMap;
import org.bson.BsonArray;
import org.bson.BsonBinary;
import org.bson.BsonDocument;
import org.bson.BsonNumber;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.bson.types.ObjectId;

/**
 * What makes two uploads the same entry: its {@code _id}, or, where the phone gave none, an id derived from its content.
 *
 * <p>The content hash is SHA-256 over a canonical encoding of key, write time and data of the long-term form; it leaves
 * out what the server adds or changes ({@code _id}, {@code user_id}, {@code read_ts}, local dates, {@code loc}), and a
 * number counts by its value, not its type. So the same record hashes the same whichever form it came in.
 *
 * @param id the {@code _id}, as a string: 24 hexadecimal digits for an object id, JSON for any other value
 * @param contentHash 64 hexadecimal digits; the same id with another hash is a conflict, not a repetition
 */
public record EntryIdentity(String id, String contentHash) {
    private static final Set<String> DERIVED = Set.of(
            "local_dt",
            "fmt_time",
            "loc",
            "start_local_dt",
            "start_fmt_time",
            "end_local_dt",
            "end_fmt_time",
            "write_local_dt",
            "write_fmt_time");

    /** The identity of an entry in long-term form, as {@link LongTermFormat} makes it. */
    public static EntryIdentity of(BsonDocument longTerm) {
        byte[] hash = hash(longTerm);
        BsonValue id = longTerm.get("_id");
        String name = switch (id) {
            case null -> derivedId(longTerm, hash).getValue().toHexString();
            case BsonObjectId object -> object.getValue().toHexString();
            default -> EntryJson.write(new BsonDocument("_id", id));
        };
        return new EntryIdentity(name, HexFormat.of().formatHex(hash));
    }

    /** An object id whose first four bytes are the write time, as MongoDB's are, and whose rest is the content's hash. */
    static BsonObjectId derivedId(BsonDocument longTerm) {
        return derivedId(longTerm, hash(longTerm));
    }

    private static BsonObjectId derivedId(BsonDocument longTerm, byte[] hash) {
        BsonValue metadata = longTerm.get("metadata");
        long seconds = metadata instanceof BsonDocument document && document.get("write_ts") instanceof BsonNumber ts
                ? (long) ts.doubleValue()
                : 0;
        byte[] id =
                ByteBuffer.allocate(12).putInt((int) seconds).put(hash, 0, 8).array();
        return new BsonObjectId(new ObjectId(id));
    }

    private static byte[] hash(BsonDocument entry) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update("croft/entry/v1".getBytes(StandardCharsets.US_ASCII));
            if (entry.get("metadata") instanceof BsonDocument metadata) {
                for (String field : new String[] {"key", "platform", "write_ts"}) {
                    BsonValue value = metadata.get(field);
                    if (value != null) {
                        text(digest, 'f', field);
                        update(digest, value);
                    }
                }
            }
            if (entry.get("data") instanceof BsonDocument data) {
                update(digest, data);
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void update(MessageDigest digest, BsonValue value) {
        switch (value) {
            case BsonDocument document -> {
                TreeMap<String, BsonValue> sorted = new TreeMap<>(document);
                sorted.keySet().removeAll(DERIVED);
                length(digest, '{', sorted.size());
                sorted.forEach((name, child) -> {
                    text(digest, 'k', name);
                    update(digest, child);
                });
            }
            case BsonArray array -> {
                length(digest, '[', array.size());
                array.forEach(child -> update(digest, child));
            }
            case BsonString string -> text(digest, 's', string.getValue());
            case BsonNumber number -> {
                digest.update((byte) 'n');
                // Adding zero makes the two zeros one.
                digest.update(ByteBuffer.allocate(8)
                        .putDouble(number.doubleValue() + 0.0)
                        .array());
            }
            case BsonBinary binary -> {
                length(digest, 'b', binary.getData().length);
                digest.update(binary.getData());
            }
            default -> text(digest, 'v', EntryJson.write(new BsonDocument("v", value)));
        }
    }

    private static void text(MessageDigest digest, char tag, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        length(digest, tag, bytes.length);
        digest.update(bytes);
    }

    private static void length(MessageDigest digest, char tag, int length) {
        digest.update((byte) tag);
        digest.update(ByteBuffer.allocate(4).putInt(length).array());
    }
}
