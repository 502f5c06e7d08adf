package dev.croft.mobility.entry;

import dev.croft.mobility.entry.Refusal.Reason;
import java.nio.ByteBuffer;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.UUID;
import org.bson.BsonBinary;
import org.bson.BsonDateTime;
import org.bson.BsonDecimal128;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonNumber;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.bson.types.Decimal128;
import org.bson.types.ObjectId;

/** The typed values of MongoDB extended JSON: objects whose only keys begin with a dollar sign. */
final class ExtendedJson {
    /** ISO 8601 with its offset as version 2 writes it ({@code Z}, {@code +01:00}) or older exports ({@code +0100}). */
    private static final DateTimeFormatter DATE = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_DATE_TIME)
            .appendPattern("[XXX][XX][X]")
            .toFormatter(Locale.ROOT);

    private ExtendedJson() {}

    static BsonValue value(BsonDocument wrapper) throws RefusedException {
        String name = wrapper.getFirstKey();
        BsonValue value = wrapper.get(name);
        boolean alone = wrapper.size() == 1;
        try {
            if (alone && value instanceof BsonString text) {
                switch (name) {
                    case "$oid":
                        return new BsonObjectId(new ObjectId(text.getValue()));
                    case "$uuid":
                        return EntryJson.uuid(uuid(text.getValue()));
                    case "$numberInt":
                        return new BsonInt32(Integer.parseInt(text.getValue()));
                    case "$numberLong":
                        return new BsonInt64(Long.parseLong(text.getValue()));
                    case "$numberDouble":
                        return new BsonDouble(Double.parseDouble(text.getValue()));
                    case "$numberDecimal":
                        return new BsonDecimal128(Decimal128.parse(text.getValue()));
                    case "$date":
                        return new BsonDateTime(OffsetDateTime.parse(text.getValue(), DATE)
                                .toInstant()
                                .toEpochMilli());
                    default:
                        break;
                }
            }
            if (alone && name.equals("$date") && value instanceof BsonNumber millis && !(value instanceof BsonDouble)) {
                return new BsonDateTime(millis.longValue());
            }
            if (alone
                    && name.equals("$binary")
                    && value instanceof BsonDocument parts
                    && parts.size() == 2
                    && parts.get("base64") instanceof BsonString base64
                    && parts.get("subType") instanceof BsonString subType) {
                return binary(base64.getValue(), subType.getValue());
            }
            if (wrapper.size() == 2
                    && wrapper.get("$binary") instanceof BsonString base64
                    && wrapper.get("$type") instanceof BsonString subType) {
                return binary(base64.getValue(), subType.getValue());
            }
        } catch (RuntimeException e) {
            throw new RefusedException(new Refusal(Reason.MALFORMED, "bad value of " + printable(name)));
        }
        throw new RefusedException(
                new Refusal(Reason.MALFORMED, "unknown extended JSON type " + printable(firstDollar(wrapper))));
    }

    /** The sixteen bytes of a UUID given as 32 hexadecimal digits or with dashes. */
    static byte[] uuid(String text) {
        if (text.length() == 32) {
            return HexFormat.of().parseHex(text);
        }
        if (text.length() != 36) {
            throw new IllegalArgumentException("not a UUID");
        }
        UUID uuid = UUID.fromString(text);
        return ByteBuffer.allocate(16)
                .putLong(uuid.getMostSignificantBits())
                .putLong(uuid.getLeastSignificantBits())
                .array();
    }

    private static BsonBinary binary(String base64, String subType) {
        return new BsonBinary(
                (byte) Integer.parseInt(subType, 16), Base64.getDecoder().decode(base64));
    }

    private static String firstDollar(BsonDocument wrapper) {
        return wrapper.keySet().stream()
                .filter(key -> key.startsWith("$"))
                .findFirst()
                .orElse("");
    }

    private static String printable(String name) {
        String cut = name.length() > 40 ? name.substring(0, 40) : name;
        return cut.replaceAll("[^\\x21-\\x7e]", "?");
    }
}
