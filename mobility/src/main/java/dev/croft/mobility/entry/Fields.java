package dev.croft.mobility.entry;

import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonNumber;
import org.bson.BsonString;
import org.bson.BsonValue;

/** Checked access to the fields of an entry. */
final class Fields {
    private Fields() {}

    static BsonDocument document(BsonDocument parent, String name) throws RefusedException {
        if (required(parent, name, "") instanceof BsonDocument document) {
            return document;
        }
        throw new RefusedException(Refusal.wrongType(name, "an object"));
    }

    static String string(BsonDocument parent, String name, String path) throws RefusedException {
        if (required(parent, name, path) instanceof BsonString text) {
            return text.getValue();
        }
        throw new RefusedException(Refusal.wrongType(path + name, "a string"));
    }

    static double number(BsonDocument parent, String name) throws RefusedException {
        if (required(parent, name, "data.") instanceof BsonNumber number) {
            return number.doubleValue();
        }
        throw new RefusedException(Refusal.wrongType("data." + name, "a number"));
    }

    static int integer(BsonDocument parent, String name) throws RefusedException {
        double value = number(parent, name);
        if (value != Math.rint(value) || Math.abs(value) > Integer.MAX_VALUE) {
            throw new RefusedException(Refusal.outOfRange("data." + name, "a whole number"));
        }
        return (int) value;
    }

    static void within(BsonDocument parent, String name, double limit) throws RefusedException {
        double value = number(parent, name);
        if (!(Math.abs(value) <= limit)) {
            throw new RefusedException(
                    Refusal.outOfRange("data." + name, "within %.0f degrees of zero".formatted(limit)));
        }
    }

    static double timestamp(BsonDocument parent, String name, String path) throws RefusedException {
        if (!(required(parent, name, path) instanceof BsonNumber number)) {
            throw new RefusedException(Refusal.wrongType(path + name, "a number of seconds"));
        }
        double value = number.doubleValue();
        if (!(value >= 0 && value < LocalMoment.LIMIT)) {
            throw new RefusedException(Refusal.outOfRange(path + name, "seconds since 1970 (not milliseconds)"));
        }
        return value;
    }

    static boolean flag(BsonDocument parent, String name) throws RefusedException {
        BsonValue value = parent.get(name);
        if (value == null || value.isNull()) {
            return false;
        }
        if (value.isBoolean()) {
            return value.asBoolean().getValue();
        }
        // Some releases of the iOS application wrote its flags as 0 and 1.
        if (value instanceof BsonNumber number && !(value instanceof BsonDouble)) {
            return number.longValue() != 0;
        }
        throw new RefusedException(Refusal.wrongType("data." + name, "true or false"));
    }

    private static BsonValue required(BsonDocument parent, String name, String path) throws RefusedException {
        BsonValue value = parent.get(name);
        if (value == null) {
            throw new RefusedException(Refusal.missing(path + name));
        }
        return value;
    }
}
