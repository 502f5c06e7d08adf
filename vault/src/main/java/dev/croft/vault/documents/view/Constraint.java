package dev.croft.vault.documents.view;

import dev.croft.vault.documents.filter.BsonOrder;
import dev.croft.vault.documents.filter.Condition;
import dev.croft.vault.documents.filter.FieldPath;
import dev.croft.vault.documents.filter.Filter;
import dev.croft.vault.documents.filter.OrderedBytes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.bson.BsonDouble;
import org.bson.BsonType;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * What a part of a filter says about the ordered bytes of the value at one path.
 *
 * @param points the only values possible, in order; null: see {@code span}
 * @param span where the value has to lie
 * @param exact whether a value that fits always meets the part of the filter, given that there is only one at the path
 */
record Constraint(FieldPath path, @Nullable List<byte[]> points, KeyRange span, boolean exact) {
    private static final byte[] NOT_A_NUMBER = OrderedBytes.of(new BsonDouble(Double.NaN));

    /** Null if an index is of no help. */
    static @Nullable Constraint of(Filter part) {
        return switch (part) {
            case Filter.Field(var path, Condition.Equal(var value)) -> points(path, List.of(value));
            case Filter.Field(var path, Condition.OneOf(var values, var patterns)) ->
                patterns.isEmpty() ? points(path, values) : null;
            case Filter.Field(var path, Condition.Compare(var relation, var bound)) -> span(path, relation, bound);
            case Filter.Or(var parts) -> union(parts);
            default -> null;
        };
    }

    private static @Nullable Constraint points(FieldPath path, List<BsonValue> values) {
        boolean exact = true;
        List<byte[]> points = new ArrayList<>(values.size());
        for (BsonValue value : values) {
            // An index holds an array's elements, so it cannot find the array as a whole.
            if (value.getBsonType() == BsonType.ARRAY) {
                return null;
            }
            exact &= value.getBsonType() != BsonType.UNDEFINED;
            points.add(OrderedBytes.of(value));
        }
        points.sort(ByteKeys.TYPE);
        return new Constraint(path, points, KeyRange.ALL, exact);
    }

    private static @Nullable Constraint span(FieldPath path, Condition.Relation relation, BsonValue bound) {
        switch (bound.getBsonType()) {
            case ARRAY, UNDEFINED, MIN_KEY, MAX_KEY -> {
                return null;
            }
            default -> {}
        }
        if (bound.isNull() || BsonOrder.isNaN(bound)) {
            return relation.inclusive() ? points(path, List.of(bound)) : points(path, List.of());
        }
        KeyRange kind = KeyRange.startingWith(new byte[] {OrderedBytes.kindByte(bound.getBsonType())});
        byte[] bytes = OrderedBytes.of(bound);
        byte[] beyond = ByteKeys.after(bytes);
        if (relation.upper()) {
            byte[] from = bound.isNumber() ? NOT_A_NUMBER : kind.from();
            byte[] low = bound.isNumber() ? ByteKeys.after(from) : from;
            return new Constraint(
                    path, null, new KeyRange(low == null ? from : low, relation.inclusive() ? beyond : bytes), true);
        }
        byte[] low = relation.inclusive() || beyond == null ? bytes : beyond;
        return new Constraint(path, null, new KeyRange(low, kind.to()), true);
    }

    /** e-mission asks for several keys by {@code $or} of equalities; that is one {@code $in}. */
    private static @Nullable Constraint union(List<Filter> parts) {
        FieldPath path = null;
        boolean exact = true;
        List<byte[]> points = new ArrayList<>();
        for (Filter part : parts) {
            Constraint one = of(part);
            if (one == null || one.points == null || (path != null && !one.path.equals(path))) {
                return null;
            }
            path = one.path;
            exact &= one.exact;
            points.addAll(one.points);
        }
        if (path == null) {
            return null;
        }
        points.sort(ByteKeys.TYPE);
        return new Constraint(path, points, KeyRange.ALL, exact);
    }

    /** Both constraints on the one value at the path. */
    Constraint and(Constraint other) {
        KeyRange both = span.intersect(other.span);
        List<byte[]> left = points;
        List<byte[]> right = other.points;
        List<byte[]> common = left == null
                ? right
                : right == null
                        ? left
                        : left.stream().filter(point -> contains(right, point)).toList();
        if (common == null) {
            return new Constraint(path, null, both, exact && other.exact);
        }
        return new Constraint(
                path, common.stream().filter(both::contains).toList(), KeyRange.ALL, exact && other.exact);
    }

    private static boolean contains(List<byte[]> sorted, byte[] point) {
        return Collections.binarySearch(sorted, point, ByteKeys.TYPE) >= 0;
    }
}
