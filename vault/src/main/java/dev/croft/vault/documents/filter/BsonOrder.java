package dev.croft.vault.documents.filter;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Map;
import org.bson.BsonArray;
import org.bson.BsonBinary;
import org.bson.BsonDbPointer;
import org.bson.BsonDocument;
import org.bson.BsonJavaScriptWithScope;
import org.bson.BsonRegularExpression;
import org.bson.BsonType;
import org.bson.BsonValue;
import org.bson.types.Decimal128;

/**
 * MongoDB's comparison order of BSON values: first by kind (MinKey, null, numbers, strings, objects, arrays, binary,
 * ObjectId, boolean, date, timestamp, regular expression, …, MaxKey), then within the kind. Numbers of all four types are compared
 * by exact value, NaN below every other number; strings by code point, which is the order of their UTF-8 bytes.
 */
public final class BsonOrder implements Comparator<BsonValue> {
    /** The one instance; it has no state. */
    public static final BsonOrder ORDER = new BsonOrder();

    private static final double TWO_TO_63 = 0x1p63;

    private BsonOrder() {}

    @Override
    public int compare(BsonValue a, BsonValue b) {
        int kind = Integer.compare(kind(a.getBsonType()), kind(b.getBsonType()));
        if (kind != 0) {
            return kind;
        }
        return switch (a.getBsonType()) {
            case INT32, INT64, DOUBLE, DECIMAL128 -> compareNumbers(a, b);
            case STRING, SYMBOL -> compareStrings(text(a), text(b));
            case DOCUMENT -> compareDocuments(a.asDocument(), b.asDocument());
            case ARRAY -> compareArrays(a.asArray(), b.asArray());
            case BINARY -> compareBinary(a.asBinary(), b.asBinary());
            case OBJECT_ID -> a.asObjectId().getValue().compareTo(b.asObjectId().getValue());
            case BOOLEAN ->
                Boolean.compare(a.asBoolean().getValue(), b.asBoolean().getValue());
            case DATE_TIME ->
                Long.compare(a.asDateTime().getValue(), b.asDateTime().getValue());
            case TIMESTAMP ->
                Long.compareUnsigned(a.asTimestamp().getValue(), b.asTimestamp().getValue());
            case REGULAR_EXPRESSION -> compareRegex(a.asRegularExpression(), b.asRegularExpression());
            case DB_POINTER -> comparePointers(a.asDBPointer(), b.asDBPointer());
            case JAVASCRIPT ->
                compareStrings(a.asJavaScript().getCode(), b.asJavaScript().getCode());
            case JAVASCRIPT_WITH_SCOPE -> compareScoped(a.asJavaScriptWithScope(), b.asJavaScriptWithScope());
            case MIN_KEY, MAX_KEY, NULL, UNDEFINED, END_OF_DOCUMENT -> 0;
        };
    }

    /** Equality as the order has it: {@code 1}, {@code 1.0} and {@code NumberLong(1)} are the same. */
    public static boolean same(BsonValue a, BsonValue b) {
        return ORDER.compare(a, b) == 0;
    }

    /** The rank of a type in the order; types of one rank are compared with each other by value. */
    public static int kind(BsonType type) {
        return switch (type) {
            case MIN_KEY -> -1;
            case END_OF_DOCUMENT, UNDEFINED -> 0;
            case NULL -> 5;
            case INT32, INT64, DOUBLE, DECIMAL128 -> 10;
            case STRING, SYMBOL -> 15;
            case DOCUMENT -> 20;
            case ARRAY -> 25;
            case BINARY -> 30;
            case OBJECT_ID -> 35;
            case BOOLEAN -> 40;
            case DATE_TIME -> 45;
            case TIMESTAMP -> 47;
            case REGULAR_EXPRESSION -> 50;
            case DB_POINTER -> 55;
            case JAVASCRIPT -> 60;
            case JAVASCRIPT_WITH_SCOPE -> 65;
            case MAX_KEY -> 127;
        };
    }

    /** Whether the value is a number that is not a number. */
    public static boolean isNaN(BsonValue value) {
        return switch (value.getBsonType()) {
            case DOUBLE -> Double.isNaN(value.asDouble().getValue());
            case DECIMAL128 -> value.asDecimal128().getValue().isNaN();
            default -> false;
        };
    }

    private static int compareNumbers(BsonValue a, BsonValue b) {
        boolean aDecimal = a.getBsonType() == BsonType.DECIMAL128;
        boolean bDecimal = b.getBsonType() == BsonType.DECIMAL128;
        if (!aDecimal && !bDecimal) {
            boolean aDouble = a.getBsonType() == BsonType.DOUBLE;
            boolean bDouble = b.getBsonType() == BsonType.DOUBLE;
            if (aDouble && bDouble) {
                return compareDoubles(a.asDouble().getValue(), b.asDouble().getValue());
            }
            if (aDouble) {
                return -compareLongDouble(integer(b), a.asDouble().getValue());
            }
            if (bDouble) {
                return compareLongDouble(integer(a), b.asDouble().getValue());
            }
            return Long.compare(integer(a), integer(b));
        }
        // Infinities and NaN have no BigDecimal; as doubles they order the same way against everything finite.
        if (!finite(a) || !finite(b)) {
            return compareDoubles(extreme(a), extreme(b));
        }
        return exact(a).compareTo(exact(b));
    }

    private static int compareDoubles(double a, double b) {
        if (Double.isNaN(a)) {
            return Double.isNaN(b) ? 0 : -1;
        }
        if (Double.isNaN(b)) {
            return 1;
        }
        return a < b ? -1 : a > b ? 1 : 0;
    }

    private static int compareLongDouble(long a, double b) {
        if (Double.isNaN(b)) {
            return 1;
        }
        if (b >= TWO_TO_63) {
            return -1;
        }
        if (b < -TWO_TO_63) {
            return 1;
        }
        long whole = (long) b;
        int order = Long.compare(a, whole);
        return order != 0 ? order : compareDoubles(0, b - whole);
    }

    static long integer(BsonValue value) {
        return value.getBsonType() == BsonType.INT32
                ? value.asInt32().getValue()
                : value.asInt64().getValue();
    }

    /** Whether a number has an exact decimal value. */
    static boolean finite(BsonValue number) {
        return switch (number.getBsonType()) {
            case DOUBLE -> Double.isFinite(number.asDouble().getValue());
            case DECIMAL128 -> {
                var decimal = number.asDecimal128().getValue();
                yield !decimal.isNaN() && !decimal.isInfinite();
            }
            default -> true;
        };
    }

    /** NaN and the infinities as doubles; 0 for everything finite. */
    static double extreme(BsonValue number) {
        return switch (number.getBsonType()) {
            case DOUBLE ->
                Double.isFinite(number.asDouble().getValue())
                        ? 0
                        : number.asDouble().getValue();
            case DECIMAL128 -> {
                var decimal = number.asDecimal128().getValue();
                if (decimal.isNaN()) {
                    yield Double.NaN;
                }
                if (decimal.isInfinite()) {
                    yield decimal.isNegative() ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
                }
                yield 0;
            }
            default -> 0;
        };
    }

    /** The exact value of a finite number. */
    static BigDecimal exact(BsonValue number) {
        return switch (number.getBsonType()) {
            case DOUBLE -> new BigDecimal(number.asDouble().getValue());
            case DECIMAL128 -> {
                var decimal = number.asDecimal128().getValue();
                // Negative zero is the one finite decimal that BigDecimal cannot express.
                yield decimal.isNegative() && isZero(decimal) ? BigDecimal.ZERO : decimal.bigDecimalValue();
            }
            default -> BigDecimal.valueOf(integer(number));
        };
    }

    private static boolean isZero(Decimal128 decimal) {
        return (decimal.getHigh() & 0x0001_FFFF_FFFF_FFFFL) == 0 && decimal.getLow() == 0;
    }

    static String text(BsonValue value) {
        return value.getBsonType() == BsonType.SYMBOL
                ? value.asSymbol().getSymbol()
                : value.asString().getValue();
    }

    static int compareStrings(String a, String b) {
        int n = Math.min(a.length(), b.length());
        for (int i = 0; i < n; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                // UTF-16 puts surrogates below U+E000..U+FFFF; UTF-8, and so MongoDB, puts them above.
                boolean xs = Character.isSurrogate(x);
                boolean ys = Character.isSurrogate(y);
                return xs == ys ? Character.compare(x, y) : xs ? 1 : -1;
            }
        }
        return Integer.compare(a.length(), b.length());
    }

    private static int compareDocuments(BsonDocument a, BsonDocument b) {
        Iterator<Map.Entry<String, BsonValue>> i = a.entrySet().iterator();
        Iterator<Map.Entry<String, BsonValue>> j = b.entrySet().iterator();
        while (i.hasNext() && j.hasNext()) {
            Map.Entry<String, BsonValue> x = i.next();
            Map.Entry<String, BsonValue> y = j.next();
            int order = Integer.compare(
                    kind(x.getValue().getBsonType()), kind(y.getValue().getBsonType()));
            if (order == 0) {
                order = compareStrings(x.getKey(), y.getKey());
            }
            if (order == 0) {
                order = ORDER.compare(x.getValue(), y.getValue());
            }
            if (order != 0) {
                return order;
            }
        }
        return Boolean.compare(i.hasNext(), j.hasNext());
    }

    private static int compareArrays(BsonArray a, BsonArray b) {
        int n = Math.min(a.size(), b.size());
        for (int i = 0; i < n; i++) {
            int order = ORDER.compare(a.get(i), b.get(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(a.size(), b.size());
    }

    private static int compareBinary(BsonBinary a, BsonBinary b) {
        int order = Integer.compare(a.getData().length, b.getData().length);
        if (order == 0) {
            order = Integer.compare(a.getType() & 0xff, b.getType() & 0xff);
        }
        return order != 0 ? order : Arrays.compareUnsigned(a.getData(), b.getData());
    }

    private static int compareRegex(BsonRegularExpression a, BsonRegularExpression b) {
        int order = compareStrings(a.getPattern(), b.getPattern());
        return order != 0 ? order : compareStrings(a.getOptions(), b.getOptions());
    }

    private static int comparePointers(BsonDbPointer a, BsonDbPointer b) {
        int order = compareStrings(a.getNamespace(), b.getNamespace());
        return order != 0 ? order : a.getId().compareTo(b.getId());
    }

    private static int compareScoped(BsonJavaScriptWithScope a, BsonJavaScriptWithScope b) {
        int order = compareStrings(a.getCode(), b.getCode());
        return order != 0 ? order : compareDocuments(a.getScope(), b.getScope());
    }
}
