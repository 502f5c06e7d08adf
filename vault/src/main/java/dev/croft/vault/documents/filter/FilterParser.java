package dev.croft.vault.documents.filter;

import dev.croft.vault.documents.DocumentException.BadQuery;
import dev.croft.vault.documents.filter.Condition.Relation;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonRegularExpression;
import org.bson.BsonString;
import org.bson.BsonType;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** Compiles a filter document into a {@link Filter}, within bounds of depth and size. */
final class FilterParser {
    static final int MAX_DEPTH = 32;
    static final int MAX_NODES = 20_000;

    private static final Set<String> COMBINERS = Set.of("$and", "$or", "$nor");

    private int nodes;
    private int nears;

    private FilterParser() {}

    static Filter parse(BsonDocument document) {
        return new FilterParser().filter(document, 0, true);
    }

    static Condition elements(BsonValue value) {
        FilterParser parser = new FilterParser();
        return value instanceof BsonDocument document && !isOperators(document)
                ? new Condition.ElementFilter(parser.filter(document, 0, false))
                : new Condition.ElementCondition(new Condition.Every(parser.conditions(value, 0, false)));
    }

    /** @param must whether everything in here has to match for the whole to match: the only place for {@code $near} */
    private Filter filter(BsonDocument document, int depth, boolean must) {
        deeper(depth);
        List<Filter> parts = new ArrayList<>();
        for (Map.Entry<String, BsonValue> entry : document.entrySet()) {
            count();
            String name = entry.getKey();
            BsonValue value = entry.getValue();
            switch (name) {
                case "$and" -> parts.add(new Filter.And(several(name, value, depth, must)));
                case "$or" -> parts.add(new Filter.Or(several(name, value, depth, false)));
                case "$nor" -> parts.add(new Filter.Not(new Filter.Or(several(name, value, depth, false))));
                case "$comment" -> {}
                default -> {
                    if (name.startsWith("$")) {
                        throw new BadQuery(FieldPath.shorten(name), "unknown operator " + FieldPath.shorten(name));
                    }
                    parts.add(field(FieldPath.parse(name), value, depth, must));
                }
            }
        }
        return parts.size() == 1 ? parts.getFirst() : new Filter.And(parts);
    }

    private List<Filter> several(String name, BsonValue value, int depth, boolean must) {
        if (!(value instanceof BsonArray array) || array.isEmpty()) {
            throw new BadQuery(name, name + " takes an array of at least one filter");
        }
        List<Filter> parts = new ArrayList<>(Math.min(array.size(), MAX_NODES));
        for (BsonValue part : array) {
            parts.add(filter(document(name, part), depth + 1, must));
        }
        return parts;
    }

    private Filter field(FieldPath path, BsonValue value, int depth, boolean must) {
        List<Filter> parts = new ArrayList<>();
        for (Condition condition : conditions(value, depth, must)) {
            parts.add(at(path, condition));
        }
        return parts.size() == 1 ? parts.getFirst() : new Filter.And(parts);
    }

    /** Negation is of the whole field, not of one of its values: {@code {a: {$ne: 1}}} does not match {@code {a: [1, 2]}}. */
    private static Filter at(FieldPath path, Condition condition) {
        return switch (condition) {
            case Condition.Negated(var inner) -> new Filter.Not(at(path, inner));
            case Condition.Every(var inner) ->
                new Filter.And(inner.stream().map(part -> at(path, part)).toList());
            default -> new Filter.Field(path, condition);
        };
    }

    private List<Condition> conditions(BsonValue value, int depth, boolean must) {
        deeper(depth);
        if (value instanceof BsonRegularExpression regex) {
            return List.of(new Condition.Matches(SafePattern.compile(regex)));
        }
        if (value instanceof BsonDocument operators && isOperators(operators)) {
            List<Condition> conditions = new ArrayList<>();
            for (Map.Entry<String, BsonValue> entry : operators.entrySet()) {
                count();
                operator(entry.getKey(), entry.getValue(), operators, depth, must, conditions);
            }
            return conditions;
        }
        return List.of(new Condition.Equal(literal(value, depth)));
    }

    private static boolean isOperators(BsonDocument document) {
        return !document.isEmpty() && document.getFirstKey().startsWith("$");
    }

    private void operator(
            String name, BsonValue value, BsonDocument all, int depth, boolean must, List<Condition> into) {
        switch (name) {
            case "$eq" -> into.add(new Condition.Equal(literal(value, depth)));
            case "$ne" -> into.add(new Condition.Negated(new Condition.Equal(notRegex(name, value, depth))));
            case "$gt" -> into.add(new Condition.Compare(Relation.GREATER, notRegex(name, value, depth)));
            case "$gte" -> into.add(new Condition.Compare(Relation.GREATER_OR_EQUAL, notRegex(name, value, depth)));
            case "$lt" -> into.add(new Condition.Compare(Relation.LESS, notRegex(name, value, depth)));
            case "$lte" -> into.add(new Condition.Compare(Relation.LESS_OR_EQUAL, notRegex(name, value, depth)));
            case "$in" -> into.add(oneOf(name, value, depth));
            case "$nin" -> into.add(new Condition.Negated(oneOf(name, value, depth)));
            case "$not" -> into.add(not(value, depth));
            case "$exists" ->
                into.add(truth(value) ? new Condition.Exists() : new Condition.Negated(new Condition.Exists()));
            case "$type" -> into.add(new Condition.OfType(types(value)));
            case "$regex" -> into.add(new Condition.Matches(regex(value, all.get("$options"))));
            case "$options" -> {
                if (!all.containsKey("$regex")) {
                    throw new BadQuery(name, "$options needs $regex beside it");
                }
            }
            case "$elemMatch" -> into.add(element(value, depth));
            case "$all" -> into.add(every(value, depth));
            case "$size" -> into.add(size(value));
            case "$geoWithin" -> into.add(new Condition.Within(GeoShape.parse(document(name, value))));
            case "$near" -> into.add(near(value, all, must));
            case "$maxDistance", "$minDistance" -> {
                if (!all.containsKey("$near")) {
                    throw new BadQuery(name, name + " needs $near beside it");
                }
            }
            default -> throw new BadQuery(FieldPath.shorten(name), "unknown operator " + FieldPath.shorten(name));
        }
    }

    private Condition not(BsonValue value, int depth) {
        if (!(value instanceof BsonRegularExpression)
                && !(value instanceof BsonDocument document && isOperators(document))) {
            throw new BadQuery("$not", "$not takes operators or a regular expression");
        }
        return new Condition.Negated(new Condition.Every(conditions(value, depth + 1, false)));
    }

    private Condition.OneOf oneOf(String name, BsonValue value, int depth) {
        List<BsonValue> values = new ArrayList<>();
        List<SafePattern> patterns = new ArrayList<>();
        for (BsonValue one : array(name, value)) {
            count();
            if (one instanceof BsonRegularExpression regex) {
                patterns.add(SafePattern.compile(regex));
            } else {
                if (one instanceof BsonDocument document && isOperators(document)) {
                    throw new BadQuery(name, name + " takes values, not operators");
                }
                values.add(literal(one, depth));
            }
        }
        return new Condition.OneOf(values, patterns);
    }

    private Condition element(BsonValue value, int depth) {
        BsonDocument inner = document("$elemMatch", value);
        return isOperators(inner) && !COMBINERS.contains(inner.getFirstKey())
                ? new Condition.ElementCondition(new Condition.Every(conditions(inner, depth + 1, false)))
                : new Condition.ElementFilter(filter(inner, depth + 1, false));
    }

    private Condition every(BsonValue value, int depth) {
        BsonArray array = array("$all", value);
        if (array.isEmpty()) {
            return new Condition.OneOf(List.of(), List.of());
        }
        List<Condition> conditions = new ArrayList<>();
        for (BsonValue one : array) {
            count();
            conditions.add(
                    switch (one) {
                        case BsonRegularExpression regex -> new Condition.Matches(SafePattern.compile(regex));
                        case BsonDocument document
                        when isOperators(document) -> {
                            if (document.size() != 1 || !document.containsKey("$elemMatch")) {
                                throw new BadQuery("$all", "$all takes values and $elemMatch");
                            }
                            yield element(document.get("$elemMatch"), depth + 1);
                        }
                        default -> new Condition.Equal(literal(one, depth));
                    });
        }
        return new Condition.Every(conditions);
    }

    private static Condition size(BsonValue value) {
        double size = value.isNumber() ? value.asNumber().doubleValue() : Double.NaN;
        if (!(size >= 0 && size <= Integer.MAX_VALUE && size == Math.rint(size))) {
            throw new BadQuery("$size", "$size takes a whole number that is not negative");
        }
        return new Condition.Size((int) size);
    }

    private Condition near(BsonValue value, BsonDocument all, boolean must) {
        if (!must) {
            throw new BadQuery("$near", "$near stands at the top of a filter, not under $or, $nor, $not or $elemMatch");
        }
        if (++nears > 1) {
            throw new BadQuery("$near", "a filter has at most one $near");
        }
        boolean spherical = value instanceof BsonDocument document && document.containsKey("$geometry");
        BsonDocument options = spherical ? value.asDocument() : all;
        if (spherical) {
            for (String key : options.keySet()) {
                if (!Set.of("$geometry", "$maxDistance", "$minDistance").contains(key)) {
                    throw new BadQuery(FieldPath.shorten(key), "unknown operator " + FieldPath.shorten(key));
                }
            }
        }
        GeoPoint centre = GeoPoint.of(spherical ? value.asDocument().get("$geometry") : value);
        if (centre == null || (spherical && !centre.onEarth())) {
            throw new BadQuery("$near", "$near takes {$geometry: a GeoJSON Point} or [x, y]");
        }
        return new Condition.Near(
                centre,
                spherical,
                distance(options, "$minDistance", 0),
                distance(options, "$maxDistance", Double.POSITIVE_INFINITY));
    }

    private static double distance(BsonDocument options, String name, double absent) {
        BsonValue value = options.get(name);
        if (value == null) {
            return absent;
        }
        double distance = value.isNumber() ? value.asNumber().doubleValue() : Double.NaN;
        if (!(distance >= 0)) {
            throw new BadQuery(name, name + " takes a number that is not negative");
        }
        return distance;
    }

    private static SafePattern regex(BsonValue value, @Nullable BsonValue options) {
        String extra = "";
        if (options != null) {
            if (!options.isString()) {
                throw new BadQuery("$options", "$options takes a string");
            }
            extra = options.asString().getValue();
        }
        return switch (value) {
            case BsonRegularExpression regex ->
                SafePattern.compile(options == null ? regex : new BsonRegularExpression(regex.getPattern(), extra));
            case BsonString text -> SafePattern.compile(new BsonRegularExpression(text.getValue(), extra));
            default -> throw new BadQuery("$regex", "$regex takes a string or a regular expression");
        };
    }

    private static Set<BsonType> types(BsonValue value) {
        Set<BsonType> types = EnumSet.noneOf(BsonType.class);
        if (value instanceof BsonArray array) {
            array.forEach(one -> types.addAll(BsonTypes.named(one)));
        } else {
            types.addAll(BsonTypes.named(value));
        }
        if (types.isEmpty()) {
            throw new BadQuery("$type", "$type takes at least one type");
        }
        return types;
    }

    /** Whether an option is on: everything but false, zero and null is. */
    static boolean truth(BsonValue value) {
        return switch (value.getBsonType()) {
            case BOOLEAN -> value.asBoolean().getValue();
            case INT32, INT64, DOUBLE -> value.asNumber().doubleValue() != 0;
            case NULL, UNDEFINED -> false;
            default -> true;
        };
    }

    private BsonValue notRegex(String name, BsonValue value, int depth) {
        if (value instanceof BsonRegularExpression) {
            throw new BadQuery(name, name + " takes no regular expression");
        }
        return literal(value, depth);
    }

    private BsonValue literal(BsonValue value, int depth) {
        count();
        switch (value) {
            case BsonDocument document -> {
                deeper(depth);
                document.values().forEach(inner -> literal(inner, depth + 1));
            }
            case BsonArray array -> {
                deeper(depth);
                array.forEach(inner -> literal(inner, depth + 1));
            }
            default -> {}
        }
        return value;
    }

    private static BsonDocument document(String name, BsonValue value) {
        if (value instanceof BsonDocument document) {
            return document;
        }
        throw new BadQuery(name, name + " takes a document");
    }

    private static BsonArray array(String name, BsonValue value) {
        if (value instanceof BsonArray array) {
            return array;
        }
        throw new BadQuery(name, name + " takes an array");
    }

    private static void deeper(int depth) {
        if (depth > MAX_DEPTH) {
            throw new BadQuery("filter", "a filter nests at most " + MAX_DEPTH + " deep");
        }
    }

    private void count() {
        if (++nodes > MAX_NODES) {
            throw new BadQuery("filter", "a filter holds at most " + MAX_NODES + " conditions and values");
        }
    }
}
