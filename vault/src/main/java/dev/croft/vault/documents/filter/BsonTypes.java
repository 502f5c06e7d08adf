package dev.croft.vault.documents.filter;

import dev.croft.vault.documents.DocumentException.BadQuery;
import java.util.Map;
import java.util.Set;
import org.bson.BsonType;
import org.bson.BsonValue;

/** The names and numbers that {@code $type} knows. */
final class BsonTypes {
    private static final Set<BsonType> NUMBERS =
            Set.of(BsonType.INT32, BsonType.INT64, BsonType.DOUBLE, BsonType.DECIMAL128);

    private static final Map<String, BsonType> BY_NAME = Map.ofEntries(
            Map.entry("double", BsonType.DOUBLE),
            Map.entry("string", BsonType.STRING),
            Map.entry("object", BsonType.DOCUMENT),
            Map.entry("array", BsonType.ARRAY),
            Map.entry("binData", BsonType.BINARY),
            Map.entry("undefined", BsonType.UNDEFINED),
            Map.entry("objectId", BsonType.OBJECT_ID),
            Map.entry("bool", BsonType.BOOLEAN),
            Map.entry("date", BsonType.DATE_TIME),
            Map.entry("null", BsonType.NULL),
            Map.entry("regex", BsonType.REGULAR_EXPRESSION),
            Map.entry("dbPointer", BsonType.DB_POINTER),
            Map.entry("javascript", BsonType.JAVASCRIPT),
            Map.entry("symbol", BsonType.SYMBOL),
            Map.entry("javascriptWithScope", BsonType.JAVASCRIPT_WITH_SCOPE),
            Map.entry("int", BsonType.INT32),
            Map.entry("timestamp", BsonType.TIMESTAMP),
            Map.entry("long", BsonType.INT64),
            Map.entry("decimal", BsonType.DECIMAL128),
            Map.entry("minKey", BsonType.MIN_KEY),
            Map.entry("maxKey", BsonType.MAX_KEY));

    private BsonTypes() {}

    static Set<BsonType> named(BsonValue value) {
        if (value.isString()) {
            String name = value.asString().getValue();
            if (name.equals("number")) {
                return NUMBERS;
            }
            BsonType type = BY_NAME.get(name);
            if (type != null) {
                return Set.of(type);
            }
        } else if (value.isNumber()) {
            double code = value.asNumber().doubleValue();
            for (BsonType type : BsonType.values()) {
                // MinKey is 255 in the format's bytes and -1 in the query language.
                int number = type == BsonType.MIN_KEY ? -1 : type.getValue();
                if (type != BsonType.END_OF_DOCUMENT && number == code) {
                    return Set.of(type);
                }
            }
        }
        throw new BadQuery("$type", "$type names an unknown type");
    }
}
