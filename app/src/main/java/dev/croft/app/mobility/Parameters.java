package dev.croft.app.mobility;

import java.util.Set;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonNumber;
import org.bson.BsonString;

/** Parameters of computations, checked; what is wrong is said by name. */
final class Parameters {
    private Parameters() {}

    static void requireOnly(BsonDocument params, Set<String> known) {
        for (String name : params.keySet()) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException("there is no such parameter; use " + known);
            }
        }
    }

    static double number(BsonDocument params, String name) {
        if (params.get(name) instanceof BsonNumber number && Double.isFinite(number.doubleValue())) {
            return number.doubleValue();
        }
        throw new IllegalArgumentException(name + " must be a finite number");
    }

    static String text(BsonDocument params, String name) {
        if (params.get(name) instanceof BsonString text && text.getValue().length() <= 64) {
            return text.getValue();
        }
        throw new IllegalArgumentException(name + " must be a short string");
    }

    static BsonDocument document(BsonDocument params, String name) {
        if (params.get(name) instanceof BsonDocument document) {
            return document;
        }
        throw new IllegalArgumentException(name + " must be an object");
    }

    static BsonDocument between(String path, double from, double to) {
        return new BsonDocument(path, new BsonDocument("$gte", new BsonDouble(from)).append("$lt", new BsonDouble(to)));
    }
}
