package dev.croft.vault.documents;

import dev.croft.vault.documents.DocumentException.BadDocument;
import dev.croft.vault.documents.view.Bson;
import java.nio.BufferUnderflowException;
import java.util.ArrayDeque;
import java.util.regex.Pattern;
import org.bson.BSONException;
import org.bson.BsonArray;
import org.bson.BsonBinaryReader;
import org.bson.BsonDocument;
import org.bson.BsonObjectId;
import org.bson.BsonReader;
import org.bson.BsonType;
import org.bson.BsonValue;
import org.bson.RawBsonDocument;

/** What a document has to be like to be stored. */
final class Validation {
    static final int MAX_DEPTH = 64;

    private static final Pattern COLLECTION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");

    private Validation() {}

    /** A document that may be stored. */
    record Checked(BsonValue id, BsonDocument document, byte[] bytes) {}

    static void collection(String name) {
        if (!COLLECTION.matcher(name).matches()) {
            throw new DocumentException.BadQuery(
                    "collection",
                    "a collection's name is 1 to 64 letters, digits, _, . and -, and begins with a letter or digit");
        }
    }

    /** @throws BadDocument if it may not be stored */
    static Checked check(BsonDocument given, Limits limits) {
        BsonDocument document = shallow(given, limits);
        for (String name : document.keySet()) {
            if (name.startsWith("$")) {
                throw new BadDocument("bad-name", "no field at the top begins with $");
            }
        }
        BsonValue id = document.get("_id");
        if (id == null) {
            id = new BsonObjectId();
            BsonDocument withId = new BsonDocument("_id", id);
            withId.putAll(document);
            document = withId;
        }
        switch (id.getBsonType()) {
            case ARRAY, REGULAR_EXPRESSION, UNDEFINED ->
                throw new BadDocument("bad-id", "_id is not an array, a regular expression or undefined");
            default -> {}
        }
        byte[] bytes = encode(document);
        if (bytes.length > limits.documentBytes()) {
            throw new BadDocument("too-large", "a document has at most " + limits.documentBytes() + " bytes");
        }
        if (WriteBatch.key(id).length > 1024) {
            throw new BadDocument("bad-id", "_id has at most about 1,000 bytes");
        }
        return new Checked(id, document, bytes);
    }

    /** The document decoded, and not so deep that recursing into it could exhaust the stack. */
    static BsonDocument shallow(BsonDocument given, Limits limits) {
        BsonDocument document = decode(given, limits);
        depth(document, 1);
        return document;
    }

    private static byte[] encode(BsonDocument document) {
        try {
            return Bson.encode(document);
        } catch (BSONException | IllegalArgumentException e) {
            throw new BadDocument("bad-name", "it is not expressible as BSON: a name or pattern holds NUL");
        }
    }

    private static BsonDocument decode(BsonDocument given, Limits limits) {
        if (!(given instanceof RawBsonDocument raw)) {
            return given;
        }
        if (raw.getByteBuffer().remaining() > limits.documentBytes()) {
            throw new BadDocument("too-large", "a document has at most " + limits.documentBytes() + " bytes");
        }
        try (BsonBinaryReader reader = new BsonBinaryReader(raw.getByteBuffer().asNIO())) {
            scan(reader);
            return Bson.decode(raw);
        } catch (BSONException | IllegalArgumentException | BufferUnderflowException e) {
            throw new BadDocument("malformed", "it is not BSON");
        }
    }

    /** Walks raw BSON without recursion, so that its depth is known before anything recurses into it. */
    private static void scan(BsonReader reader) {
        ArrayDeque<Boolean> arrays = new ArrayDeque<>();
        reader.readStartDocument();
        arrays.push(false);
        while (!arrays.isEmpty()) {
            BsonType type = reader.readBsonType();
            if (type == BsonType.END_OF_DOCUMENT) {
                if (arrays.pop()) {
                    reader.readEndArray();
                } else {
                    reader.readEndDocument();
                }
                continue;
            }
            if (!arrays.peek()) {
                reader.skipName();
            }
            if (type == BsonType.DOCUMENT || type == BsonType.ARRAY) {
                tooDeep(arrays.size() + 1);
                if (type == BsonType.ARRAY) {
                    reader.readStartArray();
                } else {
                    reader.readStartDocument();
                }
                arrays.push(type == BsonType.ARRAY);
            } else {
                reader.skipValue();
            }
        }
    }

    private static void depth(BsonValue value, int depth) {
        tooDeep(depth);
        switch (value) {
            case BsonDocument document -> document.values().forEach(inner -> depthOf(inner, depth));
            case BsonArray array -> array.forEach(inner -> depthOf(inner, depth));
            default -> {}
        }
    }

    private static void depthOf(BsonValue inner, int depth) {
        if (inner.isDocument() || inner.isArray()) {
            depth(inner, depth + 1);
        } else if (inner.isJavaScriptWithScope()) {
            depth(inner.asJavaScriptWithScope().getScope(), depth + 1);
        }
    }

    private static void tooDeep(int depth) {
        if (depth > MAX_DEPTH) {
            throw new BadDocument("too-deep", "a document nests at most " + MAX_DEPTH + " deep");
        }
    }
}
