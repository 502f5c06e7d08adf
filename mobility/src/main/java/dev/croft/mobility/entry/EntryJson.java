package dev.croft.mobility.entry;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.croft.mobility.entry.Refusal.Reason;
import java.io.IOException;
import java.util.Base64;
import java.util.HexFormat;
import org.bson.BsonArray;
import org.bson.BsonBinary;
import org.bson.BsonBinarySubType;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonNull;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.bson.json.JsonMode;
import org.bson.json.JsonWriterSettings;

/**
 * Entries as JSON: MongoDB extended JSON in its legacy and version 2 forms, numbers keeping their types (an integer
 * becomes int32 or int64, a number with a fraction or exponent a double). Not a general BSON reader: regular
 * expressions, code and pointers have no place in an entry and are refused.
 */
public final class EntryJson {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNumberLength(64)
                    .maxNestingDepth(1000)
                    .build())
            .build();
    private static final JsonWriterSettings LEGACY = JsonWriterSettings.builder()
            .outputMode(JsonMode.RELAXED)
            .binaryConverter((value, writer) -> {
                if (value.getType() == 4 && value.getData().length == 16) {
                    writer.writeStartObject();
                    writer.writeString("$uuid", HexFormat.of().formatHex(value.getData()));
                    writer.writeEndObject();
                } else {
                    writer.writeStartObject();
                    writer.writeStartObject("$binary");
                    writer.writeString("base64", Base64.getEncoder().encodeToString(value.getData()));
                    writer.writeString("subType", "%02x".formatted(value.getType()));
                    writer.writeEndObject();
                    writer.writeEndObject();
                }
            })
            .build();

    private EntryJson() {}

    /** One document on one line, object ids and UUIDs in the legacy form that e-mission's own loader reads. */
    public static String write(BsonDocument document) {
        return document.toJson(LEGACY);
    }

    /**
     * Reads one JSON object.
     *
     * @return the document, or why not
     */
    public static EntryResult parse(byte[] json, EntryBounds bounds) {
        return parse(json, 0, json.length, bounds, 0);
    }

    static EntryResult parse(byte[] json, int offset, int length, EntryBounds bounds, long index) {
        try {
            return new EntryResult.Taken(index, read(json, offset, length, bounds));
        } catch (RefusedException e) {
            return new EntryResult.Refused(index, e.refusal(), EntryReader.excerpt(json, offset, length));
        }
    }

    private static BsonDocument read(byte[] json, int offset, int length, EntryBounds bounds) throws RefusedException {
        if (length > bounds.maxEntryBytes()) {
            throw refused(Reason.TOO_LARGE, "more than " + bounds.maxEntryBytes() + " bytes");
        }
        try (JsonParser parser = FACTORY.createParser(json, offset, length)) {
            JsonToken first = parser.nextToken();
            if (first != JsonToken.START_OBJECT) {
                throw refused(Reason.NOT_AN_OBJECT, "an entry must be a JSON object");
            }
            BsonValue value = object(parser, bounds.maxDepth());
            if (!(value instanceof BsonDocument document)) {
                throw refused(Reason.NOT_AN_OBJECT, "an entry must be a JSON object");
            }
            if (parser.nextToken() != null) {
                throw refused(Reason.MALFORMED, "text after the object");
            }
            return document;
        } catch (IOException | IllegalArgumentException e) {
            throw refused(Reason.MALFORMED, "not JSON: " + firstLine(e));
        }
    }

    private static BsonValue value(JsonParser parser, JsonToken token, int depth) throws IOException, RefusedException {
        return switch (token) {
            case START_OBJECT -> object(parser, depth - 1);
            case START_ARRAY -> array(parser, depth - 1);
            case VALUE_STRING -> new BsonString(parser.getText());
            case VALUE_NUMBER_INT -> integer(parser);
            case VALUE_NUMBER_FLOAT -> new BsonDouble(parser.getDoubleValue());
            case VALUE_TRUE -> BsonBoolean.TRUE;
            case VALUE_FALSE -> BsonBoolean.FALSE;
            case VALUE_NULL -> BsonNull.VALUE;
            default -> throw refused(Reason.MALFORMED, "unexpected end");
        };
    }

    private static BsonValue integer(JsonParser parser) throws IOException, RefusedException {
        return switch (parser.getNumberType()) {
            case INT -> new BsonInt32(parser.getIntValue());
            case LONG -> new BsonInt64(parser.getLongValue());
            default -> throw refused(Reason.OUT_OF_RANGE, "an integer does not fit 64 bits");
        };
    }

    private static BsonArray array(JsonParser parser, int depth) throws IOException, RefusedException {
        requireDepth(depth);
        BsonArray array = new BsonArray();
        for (JsonToken token = next(parser); token != JsonToken.END_ARRAY; token = next(parser)) {
            array.add(value(parser, token, depth));
        }
        return array;
    }

    private static BsonValue object(JsonParser parser, int depth) throws IOException, RefusedException {
        requireDepth(depth);
        BsonDocument document = new BsonDocument();
        boolean extended = false;
        for (JsonToken token = next(parser); token != JsonToken.END_OBJECT; token = next(parser)) {
            String name = parser.currentName();
            if (name.indexOf('\0') >= 0) {
                throw refused(Reason.MALFORMED, "a field name holds a zero character");
            }
            extended |= name.startsWith("$");
            if (document.put(name, value(parser, next(parser), depth)) != null) {
                throw refused(Reason.MALFORMED, "duplicate key");
            }
        }
        return extended ? ExtendedJson.value(document) : document;
    }

    private static JsonToken next(JsonParser parser) throws IOException, RefusedException {
        JsonToken token = parser.nextToken();
        if (token == null) {
            throw refused(Reason.MALFORMED, "unexpected end");
        }
        return token;
    }

    private static void requireDepth(int depth) throws RefusedException {
        if (depth < 1) {
            throw refused(Reason.TOO_DEEP, "nested too deeply");
        }
    }

    private static RefusedException refused(Reason reason, String detail) {
        return new RefusedException(new Refusal(reason, detail));
    }

    private static String firstLine(Exception e) {
        String message = e instanceof JacksonException json ? json.getOriginalMessage() : e.getMessage();
        if (message == null) {
            return "unreadable";
        }
        int end = message.indexOf('\n');
        return end < 0 ? message : message.substring(0, end);
    }

    /** UUIDs travel as binary of subtype 4, the standard byte order. */
    static BsonBinary uuid(byte[] bytes) {
        return new BsonBinary(BsonBinarySubType.UUID_STANDARD, bytes);
    }
}
