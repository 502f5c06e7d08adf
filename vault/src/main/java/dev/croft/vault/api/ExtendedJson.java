package dev.croft.vault.api;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import org.bson.BsonArray;
import org.bson.BsonBinary;
import org.bson.BsonBoolean;
import org.bson.BsonDateTime;
import org.bson.BsonDecimal128;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonMaxKey;
import org.bson.BsonMinKey;
import org.bson.BsonNull;
import org.bson.BsonObjectId;
import org.bson.BsonRegularExpression;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.bson.BsonType;
import org.bson.BsonValue;
import org.bson.types.Decimal128;
import org.bson.types.ObjectId;
import org.jspecify.annotations.Nullable;

/**
 * MongoDB extended JSON (v2, and the older forms {@code $uuid}, {@code $date} as a number, {@code $binary} with {@code $type}) to BSON and
 * back. What is written reads back as the same BSON: a 64-bit integer that would fit 32 bits is written as {@code {"$numberLong": …}}, a
 * whole double with its {@code .0}. Depth is bounded by the parser's constraints, and recursion with it.
 */
final class ExtendedJson {
    private static final BigInteger INT64_MAX = BigInteger.valueOf(Long.MAX_VALUE);
    private static final BigInteger INT64_MIN = BigInteger.valueOf(Long.MIN_VALUE);

    private ExtendedJson() {}

    /** The value that begins at the parser's current token. */
    static BsonValue read(JsonParser in) throws IOException {
        return switch (in.currentToken()) {
            case START_OBJECT -> unwrap(in, object(in));
            case START_ARRAY -> array(in);
            case VALUE_STRING -> new BsonString(in.getText());
            case VALUE_TRUE -> BsonBoolean.TRUE;
            case VALUE_FALSE -> BsonBoolean.FALSE;
            case VALUE_NULL -> BsonNull.VALUE;
            case VALUE_NUMBER_INT -> integer(in);
            case VALUE_NUMBER_FLOAT -> new BsonDouble(finite(in, in.getText()));
            default -> throw new JsonParseException(in, "a value was expected");
        };
    }

    private static BsonDocument object(JsonParser in) throws IOException {
        var document = new BsonDocument();
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String name = in.currentName();
            if (name.indexOf('\0') >= 0) {
                throw new JsonParseException(in, "a field name holds a zero character");
            }
            in.nextToken();
            document.put(name, read(in));
        }
        return document;
    }

    private static BsonArray array(JsonParser in) throws IOException {
        var array = new BsonArray();
        while (in.nextToken() != JsonToken.END_ARRAY) {
            array.add(read(in));
        }
        return array;
    }

    private static BsonValue integer(JsonParser in) throws IOException {
        switch (in.getNumberType()) {
            case INT -> {
                return new BsonInt32(in.getIntValue());
            }
            case LONG -> {
                return new BsonInt64(in.getLongValue());
            }
            default -> {
                BigInteger value = in.getBigIntegerValue();
                if (value.compareTo(INT64_MAX) > 0 || value.compareTo(INT64_MIN) < 0) {
                    return new BsonDouble(finite(in, in.getText()));
                }
                return new BsonInt64(value.longValueExact());
            }
        }
    }

    private static double finite(JsonParser in, String text) throws IOException {
        double value = Double.parseDouble(text);
        if (!Double.isFinite(value)) {
            throw new JsonParseException(in, "a number is too large");
        }
        return value;
    }

    private static BsonValue unwrap(JsonParser in, BsonDocument object) throws IOException {
        if (object.isEmpty() || object.size() > 2 || !object.getFirstKey().startsWith("$")) {
            return object;
        }
        try {
            var first = object.entrySet().iterator().next();
            @Nullable BsonValue value = object.size() == 1 ? single(first.getKey(), first.getValue()) : pair(object);
            return value == null ? object : value;
        } catch (RuntimeException e) {
            throw new JsonParseException(in, object.getFirstKey() + " does not hold what it should");
        }
    }

    private static @Nullable BsonValue single(String key, BsonValue value) {
        return switch (key) {
            case "$oid" -> new BsonObjectId(new ObjectId(text(value)));
            case "$uuid" -> uuid(text(value));
            case "$numberInt" -> new BsonInt32(Integer.parseInt(text(value)));
            case "$numberLong" -> new BsonInt64(Long.parseLong(text(value)));
            case "$numberDouble" -> new BsonDouble(Double.parseDouble(text(value)));
            case "$numberDecimal" -> new BsonDecimal128(Decimal128.parse(text(value)));
            case "$date" -> date(value);
            case "$binary" -> value.isDocument() ? binary(value.asDocument()) : null;
            case "$regularExpression" -> {
                BsonDocument parts = value.asDocument();
                yield new BsonRegularExpression(text(parts.get("pattern")), text(parts.get("options")));
            }
            case "$timestamp" -> {
                BsonDocument parts = value.asDocument();
                yield new BsonTimestamp((int) parts.getNumber("t").longValue(), (int)
                        parts.getNumber("i").longValue());
            }
            case "$minKey" -> new BsonMinKey();
            case "$maxKey" -> new BsonMaxKey();
            case "$undefined" -> BsonNull.VALUE;
            default -> null;
        };
    }

    private static @Nullable BsonValue pair(BsonDocument object) {
        if (object.containsKey("$binary") && object.containsKey("$type") && object.isString("$binary")) {
            String type = text(object.get("$type"));
            return new BsonBinary(
                    (byte) Integer.parseInt(type, 16), Base64.getDecoder().decode(text(object.get("$binary"))));
        }
        return null;
    }

    private static String text(@Nullable BsonValue value) {
        if (value == null || !value.isString()) {
            throw new IllegalArgumentException("a string was expected");
        }
        return value.asString().getValue();
    }

    private static BsonBinary uuid(String text) {
        byte[] bytes = HexFormat.of().parseHex(text.replace("-", ""));
        if (bytes.length != 16) {
            throw new IllegalArgumentException("a UUID has 16 bytes");
        }
        return new BsonBinary((byte) 4, bytes);
    }

    private static BsonDateTime date(BsonValue value) {
        if (value.isNumber()) {
            return new BsonDateTime(value.asNumber().longValue());
        }
        try {
            return new BsonDateTime(Instant.parse(text(value)).toEpochMilli());
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static BsonBinary binary(BsonDocument parts) {
        return new BsonBinary(
                (byte) Integer.parseInt(text(parts.get("subType")), 16),
                Base64.getDecoder().decode(text(parts.get("base64"))));
    }

    /** Writes {@code value}. */
    static void write(BsonValue value, JsonGenerator out) throws IOException {
        switch (value.getBsonType()) {
            case DOCUMENT -> {
                out.writeStartObject();
                for (Map.Entry<String, BsonValue> field : value.asDocument().entrySet()) {
                    out.writeFieldName(field.getKey());
                    write(field.getValue(), out);
                }
                out.writeEndObject();
            }
            case ARRAY -> {
                out.writeStartArray();
                for (BsonValue element : value.asArray()) {
                    write(element, out);
                }
                out.writeEndArray();
            }
            case STRING -> out.writeString(value.asString().getValue());
            case BOOLEAN -> out.writeBoolean(value.asBoolean().getValue());
            case NULL, UNDEFINED -> out.writeNull();
            case INT32 -> out.writeNumber(value.asInt32().getValue());
            case INT64 -> integer(value.asInt64().getValue(), out);
            case DOUBLE -> number(value.asDouble().getValue(), out);
            case DECIMAL128 ->
                wrapped(out, "$numberDecimal", value.asDecimal128().getValue().toString());
            case OBJECT_ID -> wrapped(out, "$oid", value.asObjectId().getValue().toHexString());
            case DATE_TIME -> date(value.asDateTime().getValue(), out);
            case BINARY -> binary(value.asBinary(), out);
            case REGULAR_EXPRESSION -> {
                out.writeStartObject();
                out.writeObjectFieldStart("$regularExpression");
                out.writeStringField("pattern", value.asRegularExpression().getPattern());
                out.writeStringField("options", value.asRegularExpression().getOptions());
                out.writeEndObject();
                out.writeEndObject();
            }
            case TIMESTAMP -> {
                out.writeStartObject();
                out.writeObjectFieldStart("$timestamp");
                out.writeNumberField(
                        "t", Integer.toUnsignedLong(value.asTimestamp().getTime()));
                out.writeNumberField(
                        "i", Integer.toUnsignedLong(value.asTimestamp().getInc()));
                out.writeEndObject();
                out.writeEndObject();
            }
            case MIN_KEY, MAX_KEY -> {
                out.writeStartObject();
                out.writeNumberField(value.getBsonType() == BsonType.MIN_KEY ? "$minKey" : "$maxKey", 1);
                out.writeEndObject();
            }
            default -> throw new StreamWriteFailure("BSON type " + value.getBsonType() + " has no JSON form here");
        }
    }

    private static void integer(long value, JsonGenerator out) throws IOException {
        if (value == (int) value) {
            wrapped(out, "$numberLong", Long.toString(value));
        } else {
            out.writeNumber(value);
        }
    }

    private static void number(double value, JsonGenerator out) throws IOException {
        if (Double.isFinite(value)) {
            out.writeNumber(value);
        } else {
            wrapped(out, "$numberDouble", Double.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
        }
    }

    private static void date(long millis, JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeObjectFieldStart("$date");
        out.writeStringField("$numberLong", Long.toString(millis));
        out.writeEndObject();
        out.writeEndObject();
    }

    private static void binary(BsonBinary value, JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeObjectFieldStart("$binary");
        out.writeStringField("base64", Base64.getEncoder().encodeToString(value.getData()));
        out.writeStringField("subType", HexFormat.of().toHexDigits(value.getType()));
        out.writeEndObject();
        out.writeEndObject();
    }

    private static void wrapped(JsonGenerator out, String key, String value) throws IOException {
        out.writeStartObject();
        out.writeStringField(key, value);
        out.writeEndObject();
    }

    private static final class StreamWriteFailure extends IOException {
        private static final long serialVersionUID = 1;

        StreamWriteFailure(String message) {
            super(message);
        }
    }
}
