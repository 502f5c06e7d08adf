package dev.croft.vault.documents;

import dev.croft.budget.testing.Choices;
import java.util.List;
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
import org.bson.BsonValue;
import org.bson.types.Decimal128;
import org.bson.types.ObjectId;

/** Made-up values that are often equal, nearly equal, or of neighbouring kinds. */
public final class Values {
    private static final List<String> NAMES = List.of("a", "b", "c");
    private static final List<String> TEXTS =
            List.of("", "a", "ab", "b", "a\0", "a\0b", "\u00ff", "\uffff", "\ud83d\ude00", "A");
    private static final List<Double> DOUBLES = List.of(
            0.0,
            -0.0,
            1.0,
            1.5,
            -1.0,
            2.0,
            0.1,
            Double.NaN,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            0x1p53,
            0x1p63,
            1e300);
    private static final List<Long> LONGS =
            List.of(0L, 1L, 2L, -1L, (1L << 53) + 1, 1L << 53, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - 1);
    private static final List<String> DECIMALS = List.of(
            "0",
            "-0",
            "1",
            "1.00",
            "0.1",
            "-1.5",
            "1E+400",
            "9007199254740993",
            "9007199254740992.5",
            "NaN",
            "Infinity",
            "-Infinity",
            "-1E+400",
            "1E-6000");

    private Values() {}

    /** A scalar or, as long as {@code depth} lasts, a document or array. */
    public static BsonValue any(Choices choices, int depth) {
        return switch (choices.between(0, depth > 0 ? 18 : 13)) {
            case 0, 1, 2 -> new BsonInt32(choices.between(0, 3));
            case 3 -> new BsonDouble(choices.oneOf(DOUBLES));
            case 4 -> new BsonInt64(choices.oneOf(LONGS));
            case 5 -> new BsonDecimal128(Decimal128.parse(choices.oneOf(DECIMALS)));
            case 6 -> new BsonString(choices.oneOf(TEXTS));
            case 7 -> BsonNull.VALUE;
            case 8 -> BsonBoolean.valueOf(choices.chance(50));
            case 9 -> new BsonDateTime(choices.oneOf(LONGS));
            case 10 -> new BsonObjectId(new ObjectId(choices.between(0, 2), choices.between(0, 2)));
            case 11 -> new BsonTimestamp(choices.oneOf(LONGS));
            case 12 -> new BsonBinary((byte) choices.between(0, 1), new byte[choices.between(0, 2)]);
            case 13 ->
                switch (choices.between(0, 2)) {
                    case 0 -> new BsonMinKey();
                    case 1 -> new BsonMaxKey();
                    default -> new BsonRegularExpression(choices.oneOf(NAMES), choices.chance(50) ? "i" : "");
                };
            case 14, 15 -> document(choices, depth - 1);
            default -> {
                BsonArray array = new BsonArray();
                int size = choices.between(0, 3);
                for (int i = 0; i < size; i++) {
                    array.add(any(choices, depth - 1));
                }
                yield array;
            }
        };
    }

    /** A document of some of the fields a, b and c. */
    public static BsonDocument document(Choices choices, int depth) {
        BsonDocument document = new BsonDocument();
        for (String name : NAMES) {
            if (choices.chance(60)) {
                document.put(name, any(choices, depth));
            }
        }
        return document;
    }

    /** A path of one or two pieces, perhaps a number. */
    public static String path(Choices choices) {
        String first = choices.oneOf(NAMES);
        return choices.chance(50) ? first : first + "." + choices.oneOf(List.of("a", "b", "0", "1"));
    }
}
