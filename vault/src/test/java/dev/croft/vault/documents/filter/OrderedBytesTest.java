package dev.croft.vault.documents.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.budget.testing.Property;
import dev.croft.vault.documents.Values;
import java.util.Arrays;
import java.util.List;
import org.bson.BsonDecimal128;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.bson.types.Decimal128;
import org.junit.jupiter.api.Test;

class OrderedBytesTest {
    @Test
    void theBytesHaveTheOrderOfTheValues() {
        Property.forAll(1, 20_000, choices -> List.of(Values.any(choices, 3), Values.any(choices, 3)), pair -> {
            int values = Integer.signum(BsonOrder.ORDER.compare(pair.get(0), pair.get(1)));
            int bytes =
                    Integer.signum(Arrays.compareUnsigned(OrderedBytes.of(pair.get(0)), OrderedBytes.of(pair.get(1))));
            assertThat(bytes).isEqualTo(values);
            assertThat(Integer.signum(BsonOrder.ORDER.compare(pair.get(1), pair.get(0))))
                    .isEqualTo(-values);
        });
    }

    @Test
    void noValuesBytesBeginAnothers() {
        Property.forAll(2, 10_000, choices -> List.of(Values.any(choices, 2), Values.any(choices, 2)), pair -> {
            byte[] a = OrderedBytes.of(pair.get(0));
            byte[] b = OrderedBytes.of(pair.get(1));
            if (!Arrays.equals(a, b)) {
                assertThat(Arrays.mismatch(a, b)).isLessThan(Math.min(a.length, b.length));
            }
        });
    }

    @Test
    void numbersOfAllTypesStandWhereTheirExactValueBelongs() {
        List<BsonValue> ascending = List.of(
                new BsonDouble(Double.NaN),
                new BsonDouble(Double.NEGATIVE_INFINITY),
                decimal("-9.9E6144"),
                new BsonDouble(-Double.MAX_VALUE),
                new BsonInt64(Long.MIN_VALUE),
                new BsonInt32(-1),
                decimal("-1E-6000"),
                new BsonDouble(-0.0),
                decimal("1E-6000"),
                new BsonDouble(Double.MIN_VALUE),
                decimal("0.1"),
                new BsonDouble(0.1),
                new BsonInt32(1),
                decimal("9007199254740992.5"),
                new BsonInt64((1L << 53) + 1),
                new BsonInt64(Long.MAX_VALUE - 1),
                new BsonInt64(Long.MAX_VALUE),
                new BsonDouble(0x1p63),
                decimal("9.9E6144"),
                new BsonDouble(Double.POSITIVE_INFINITY),
                new BsonString(""));
        for (int i = 1; i < ascending.size(); i++) {
            BsonValue low = ascending.get(i - 1);
            BsonValue high = ascending.get(i);
            assertThat(BsonOrder.ORDER.compare(low, high))
                    .as("%s < %s", low, high)
                    .isNegative();
            assertThat(Arrays.compareUnsigned(OrderedBytes.of(low), OrderedBytes.of(high)))
                    .as("%s < %s", low, high)
                    .isNegative();
        }
        assertThat(OrderedBytes.of(new BsonInt32(5)))
                .isEqualTo(OrderedBytes.of(new BsonInt64(5)))
                .isEqualTo(OrderedBytes.of(new BsonDouble(5)))
                .isEqualTo(OrderedBytes.of(decimal("5.000")));
        assertThat(OrderedBytes.of(new BsonDouble(-0.0)))
                .isEqualTo(OrderedBytes.of(new BsonInt32(0)))
                .isEqualTo(OrderedBytes.of(decimal("-0")));
    }

    private static BsonDecimal128 decimal(String text) {
        return new BsonDecimal128(Decimal128.parse(text));
    }
}
