package dev.croft.vault.documents.filter;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonNull;
import org.bson.BsonRegularExpression;
import org.bson.BsonString;
import org.bson.BsonSymbol;
import org.bson.BsonType;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** What a filter asks of one value. */
public sealed interface Condition {
    /** Equal by {@link BsonOrder}; null also equals missing. */
    record Equal(BsonValue value) implements Condition {}

    /** In order relative to a value of the same kind; NaN is in no order but with itself. */
    record Compare(Relation relation, BsonValue value) implements Condition {}

    /** Equal to one of the values (sorted by {@link BsonOrder}, none twice) or matched by one of the patterns. */
    record OneOf(List<BsonValue> values, List<SafePattern> patterns) implements Condition {
        public OneOf {
            List<BsonValue> sorted = new ArrayList<>(values.size());
            values.stream().sorted(BsonOrder.ORDER).forEach(value -> {
                if (sorted.isEmpty() || !BsonOrder.same(sorted.getLast(), value)) {
                    sorted.add(value);
                }
            });
            values = Collections.unmodifiableList(sorted);
            patterns = List.copyOf(patterns);
        }
    }

    /** Present, of whatever type. */
    record Exists() implements Condition {}

    /** Of one of the types. */
    record OfType(Set<BsonType> types) implements Condition {
        public OfType {
            types = Set.copyOf(types);
        }
    }

    /** A text in which the pattern is found. */
    record Matches(SafePattern pattern) implements Condition {}

    /** An array of that many elements. */
    record Size(int size) implements Condition {}

    /** An array with an element, a document, that matches. */
    record ElementFilter(Filter filter) implements Condition {}

    /** An array with an element that meets the condition by itself. */
    record ElementCondition(Condition condition) implements Condition {}

    /** A position, or a geometry wholly, inside the shape. */
    record Within(GeoShape shape) implements Condition {}

    /**
     * A position between two distances from a point: metres on a sphere of radius {@value GeoPoint#EARTH_RADIUS} m if spherical,
     * otherwise the units of the coordinates.
     */
    record Near(GeoPoint centre, boolean spherical, double minimum, double maximum) implements Condition {
        double distance(@Nullable BsonValue value) {
            GeoPoint point = GeoPoint.of(value);
            return point == null
                    ? Double.POSITIVE_INFINITY
                    : spherical ? centre.metresTo(point) : centre.planarDistanceTo(point);
        }
    }

    /** Does not meet the condition. */
    record Negated(Condition condition) implements Condition {}

    /** Meets all of them. */
    record Every(List<Condition> conditions) implements Condition {
        public Every {
            conditions = List.copyOf(conditions);
        }
    }

    /** The four orders. */
    enum Relation {
        LESS(true, false),
        LESS_OR_EQUAL(true, true),
        GREATER(false, false),
        GREATER_OR_EQUAL(false, true);

        private final boolean upper;
        private final boolean inclusive;

        Relation(boolean upper, boolean inclusive) {
            this.upper = upper;
            this.inclusive = inclusive;
        }

        /** Whether it bounds from above. */
        public boolean upper() {
            return upper;
        }

        /** Whether the bound itself is in. */
        public boolean inclusive() {
            return inclusive;
        }
    }

    /**
     * Compiles what {@code $pull} takes, a value, operators or a filter of sub-documents, into a condition of an array with such an element.
     *
     * @throws dev.croft.vault.documents.DocumentException.BadQuery naming the operator that is not understood
     */
    static Condition ofElements(BsonValue value) {
        return FilterParser.elements(value);
    }

    /** Whether the value itself, arrays not expanded, meets the condition; null stands for missing. */
    default boolean test(@Nullable BsonValue value) {
        return switch (this) {
            case Equal(var wanted) -> BsonOrder.same(value == null ? BsonNull.VALUE : value, wanted);
            case Compare(var relation, var bound) -> compare(value, relation, bound);
            case OneOf(var values, var patterns) -> {
                BsonValue present = value == null ? BsonNull.VALUE : value;
                yield Collections.binarySearch(values, present, BsonOrder.ORDER) >= 0
                        || patterns.stream().anyMatch(pattern -> matches(pattern, value));
            }
            case Exists() -> value != null;
            case OfType(var types) -> value != null && types.contains(value.getBsonType());
            case Matches(var pattern) -> matches(pattern, value);
            case Size(var size) -> value instanceof BsonArray array && array.size() == size;
            case ElementFilter(var filter) -> value instanceof BsonArray array && anyElement(array, filter);
            case ElementCondition(var condition) ->
                value instanceof BsonArray array && array.stream().anyMatch(condition::test);
            case Within(var shape) -> value != null && shape.contains(value);
            case Near near -> {
                double distance = near.distance(value);
                yield distance >= near.minimum && distance <= near.maximum && distance < Double.POSITIVE_INFINITY;
            }
            case Negated(var condition) -> !condition.test(value);
            case Every(var conditions) -> conditions.stream().allMatch(condition -> condition.test(value));
        };
    }

    /** Whether a field that holds an array meets the condition also by one of its elements. */
    default boolean reachesElements() {
        return switch (this) {
            case Equal _, Compare _, OneOf _, OfType _, Matches _, Within _, Near _ -> true;
            case Exists _, Size _, ElementFilter _, ElementCondition _, Negated _, Every _ -> false;
        };
    }

    /** The paths looked at when the condition is asked at {@code base}. */
    default List<FieldPath> paths(FieldPath base) {
        return this instanceof ElementFilter(var filter)
                ? filter.paths().stream()
                        .map(path -> {
                            List<String> pieces = new ArrayList<>(base.pieces());
                            pieces.addAll(path.pieces());
                            return new FieldPath(pieces);
                        })
                        .toList()
                : List.of(base);
    }

    private static boolean compare(@Nullable BsonValue value, Relation relation, BsonValue bound) {
        if (value == null) {
            return bound.isNull() && relation.inclusive();
        }
        boolean extreme = bound.getBsonType() == BsonType.MIN_KEY || bound.getBsonType() == BsonType.MAX_KEY;
        if (!extreme && BsonOrder.kind(value.getBsonType()) != BsonOrder.kind(bound.getBsonType())) {
            return false;
        }
        boolean nan = BsonOrder.isNaN(value);
        if (nan || BsonOrder.isNaN(bound)) {
            return nan && BsonOrder.isNaN(bound) ? relation.inclusive() : extreme && nan;
        }
        int order = BsonOrder.ORDER.compare(value, bound);
        return order == 0 ? relation.inclusive() : relation.upper() == order < 0;
    }

    private static boolean matches(SafePattern pattern, @Nullable BsonValue value) {
        return switch (value) {
            case BsonString text -> pattern.foundIn(text.getValue());
            case BsonSymbol symbol -> pattern.foundIn(symbol.getSymbol());
            case BsonRegularExpression regex -> pattern.source().equals(regex);
            case null, default -> false;
        };
    }

    private static boolean anyElement(BsonArray array, Filter filter) {
        for (BsonValue element : array) {
            if (element instanceof BsonDocument document && filter.matches(document)) {
                return true;
            }
            if (element instanceof BsonArray nested && filter.matches(asDocument(nested))) {
                return true;
            }
        }
        return false;
    }

    /** An element that is an array is a document whose names are the positions. */
    private static BsonDocument asDocument(BsonArray array) {
        BsonDocument document = new BsonDocument();
        for (int i = 0; i < array.size(); i++) {
            document.put(Integer.toString(i), array.get(i));
        }
        return document;
    }
}
