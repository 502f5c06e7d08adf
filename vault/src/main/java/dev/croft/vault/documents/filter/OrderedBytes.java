package dev.croft.vault.documents.filter;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.bson.BsonArray;
import org.bson.BsonBinary;
import org.bson.BsonDocument;
import org.bson.BsonType;
import org.bson.BsonValue;

/**
 * BSON values as bytes whose unsigned lexicographic order is {@link BsonOrder}, equal bytes meaning equal values. Each value's bytes are
 * prefix-free, so that values can be put behind each other to make compound keys, and inverted to reverse their order.
 *
 * <p>A value is one byte for its kind (128 + {@link BsonOrder#kind}) and: for a number the greatest double that is not greater than
 * it, as 8 ordered bytes, then what is missing to its exact value; for texts UTF-8 with NUL as {@code 00 ff}, ended by {@code 00 00}; for
 * documents and arrays their elements, each begun by {@code 01}, ended by {@code 00}.
 */
public final class OrderedBytes {
    private static final int KIND_BASE = 128;
    private static final BigDecimal BELOW_ALL_FINITE =
            BigDecimal.ONE.scaleByPowerOfTen(6200).negate();
    private static final BigDecimal LARGEST_DOUBLE = new BigDecimal(Double.MAX_VALUE);

    private final ByteArrayOutputStream out = new ByteArrayOutputStream(48);
    private int mask;

    /** The ordered bytes of one value. */
    public static byte[] of(BsonValue value) {
        return new OrderedBytes().value(value).toByteArray();
    }

    /** The byte that begins every value of the type. */
    public static byte kindByte(BsonType type) {
        return (byte) (KIND_BASE + BsonOrder.kind(type));
    }

    /** Whether the following bytes are written so that they sort in reverse. */
    public OrderedBytes inverted(boolean inverted) {
        mask = inverted ? 0xff : 0;
        return this;
    }

    /** Appends bytes as they are. */
    public OrderedBytes raw(byte[] bytes) {
        for (byte b : bytes) {
            put(b);
        }
        return this;
    }

    /** Appends a value. */
    public OrderedBytes value(BsonValue value) {
        put(kindByte(value.getBsonType()));
        switch (value.getBsonType()) {
            case INT32, INT64, DOUBLE, DECIMAL128 -> number(value);
            case STRING, SYMBOL -> text(BsonOrder.text(value));
            case DOCUMENT -> document(value.asDocument());
            case ARRAY -> array(value.asArray());
            case BINARY -> binary(value.asBinary());
            case OBJECT_ID -> raw(value.asObjectId().getValue().toByteArray());
            case BOOLEAN -> put(value.asBoolean().getValue() ? 1 : 0);
            case DATE_TIME -> eight(value.asDateTime().getValue() ^ Long.MIN_VALUE);
            case TIMESTAMP -> eight(value.asTimestamp().getValue());
            case REGULAR_EXPRESSION -> {
                text(value.asRegularExpression().getPattern());
                text(value.asRegularExpression().getOptions());
            }
            case DB_POINTER -> {
                text(value.asDBPointer().getNamespace());
                raw(value.asDBPointer().getId().toByteArray());
            }
            case JAVASCRIPT -> text(value.asJavaScript().getCode());
            case JAVASCRIPT_WITH_SCOPE -> {
                text(value.asJavaScriptWithScope().getCode());
                document(value.asJavaScriptWithScope().getScope());
            }
            case MIN_KEY, MAX_KEY, NULL, UNDEFINED, END_OF_DOCUMENT -> {}
        }
        return this;
    }

    public byte[] toByteArray() {
        return out.toByteArray();
    }

    private void number(BsonValue value) {
        if (value.getBsonType() == BsonType.DOUBLE) {
            ordered(value.asDouble().getValue());
            put(0);
        } else if (!BsonOrder.finite(value)) {
            ordered(BsonOrder.extreme(value));
            put(0);
        } else if (value.getBsonType() != BsonType.DECIMAL128 && Math.abs(BsonOrder.integer(value)) <= 1L << 53) {
            ordered(BsonOrder.integer(value));
            put(0);
        } else {
            exact(BsonOrder.exact(value));
        }
    }

    /** Long integers beyond 2^53 and decimals: a double cannot hold them, so what it lacks follows as a decimal fraction. */
    private void exact(BigDecimal exact) {
        double below = floor(exact);
        ordered(below);
        BigDecimal rest = below == Double.NEGATIVE_INFINITY
                ? exact.subtract(BELOW_ALL_FINITE)
                : exact.subtract(new BigDecimal(below));
        if (rest.signum() == 0) {
            put(0);
            return;
        }
        BigDecimal shortest = rest.stripTrailingZeros();
        int exponent = shortest.precision() - shortest.scale();
        put(1);
        put((exponent + 0x8000) >> 8);
        put(exponent + 0x8000);
        raw(shortest.unscaledValue().toString().getBytes(StandardCharsets.US_ASCII));
        put(0);
    }

    /** The greatest double not above the value; minus infinity if there is no finite one. */
    private static double floor(BigDecimal exact) {
        if (exact.compareTo(LARGEST_DOUBLE) >= 0) {
            return Double.MAX_VALUE;
        }
        double nearest = exact.doubleValue();
        if (nearest == Double.NEGATIVE_INFINITY) {
            return nearest;
        }
        return new BigDecimal(nearest).compareTo(exact) > 0 ? Math.nextDown(nearest) : nearest;
    }

    private void ordered(double value) {
        // NaN comes below minus infinity, and both zeros are one.
        long bits = Double.isNaN(value) ? 0 : Double.doubleToRawLongBits(value == 0 ? 0.0 : value);
        eight(Double.isNaN(value) ? 0 : bits < 0 ? ~bits : bits | Long.MIN_VALUE);
    }

    private void text(String text) {
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            put(b);
            if (b == 0) {
                put(0xff);
            }
        }
        put(0);
        put(0);
    }

    private void document(BsonDocument document) {
        for (Map.Entry<String, BsonValue> entry : document.entrySet()) {
            put(1);
            put(kindByte(entry.getValue().getBsonType()));
            text(entry.getKey());
            value(entry.getValue());
        }
        put(0);
    }

    private void array(BsonArray array) {
        for (BsonValue element : array) {
            put(1);
            value(element);
        }
        put(0);
    }

    private void binary(BsonBinary binary) {
        int length = binary.getData().length;
        put(length >> 24);
        put(length >> 16);
        put(length >> 8);
        put(length);
        put(binary.getType());
        raw(binary.getData());
    }

    private void eight(long value) {
        for (int shift = 56; shift >= 0; shift -= 8) {
            put((int) (value >> shift));
        }
    }

    private void put(int b) {
        out.write(b ^ mask);
    }
}
