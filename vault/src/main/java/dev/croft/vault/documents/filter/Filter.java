package dev.croft.vault.documents.filter;

import dev.croft.vault.documents.DocumentException.BadQuery;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bson.BsonArray;
import org.bson.BsonDocument;

/**
 * A compiled MongoDB filter: an immutable tree, safe to share between threads. It accepts {@code $eq $ne $gt $gte $lt $lte $in $nin $and
 * $or $nor $not $exists $type $regex $elemMatch $all $size $geoWithin $near} with dotted paths and MongoDB's array rules; any
 * other operator is refused by name.
 */
public sealed interface Filter {
    /** Matches every document. */
    Filter EVERYTHING = new And(List.of());

    /**
     * Compiles a filter. It may nest {@value FilterParser#MAX_DEPTH} deep and hold {@value FilterParser#MAX_NODES} conditions and
     * values altogether.
     *
     * @throws BadQuery naming the operator or path that is not understood
     */
    static Filter parse(BsonDocument filter) {
        return FilterParser.parse(filter);
    }

    /** A document matches if all parts do; without parts, always. */
    record And(List<Filter> parts) implements Filter {
        public And {
            parts = List.copyOf(parts);
        }
    }

    /** A document matches if one part does. */
    record Or(List<Filter> parts) implements Filter {
        public Or {
            parts = List.copyOf(parts);
        }
    }

    /** A document matches if the part does not. */
    record Not(Filter part) implements Filter {}

    /** A document matches if a value at the path, or an element of an array there, meets the condition. */
    record Field(FieldPath path, Condition condition) implements Filter {}

    /**
     * Whether the document matches.
     *
     * @throws dev.croft.vault.documents.DocumentException.LimitReached if a regular expression meets too long a text
     */
    default boolean matches(BsonDocument document) {
        return switch (this) {
            case And(var parts) -> {
                for (Filter part : parts) {
                    if (!part.matches(document)) {
                        yield false;
                    }
                }
                yield true;
            }
            case Or(var parts) -> {
                for (Filter part : parts) {
                    if (part.matches(document)) {
                        yield true;
                    }
                }
                yield false;
            }
            case Not(var part) -> !part.matches(document);
            case Field(var path, var condition) ->
                path.any(document, (value, named) -> {
                    if (condition.test(value)) {
                        return true;
                    }
                    if (!named && value instanceof BsonArray array && condition.reachesElements()) {
                        for (int i = 0; i < array.size(); i++) {
                            if (condition.test(array.get(i))) {
                                return true;
                            }
                        }
                    }
                    return false;
                });
        };
    }

    /** Both filters at once. */
    default Filter and(Filter other) {
        List<Filter> parts = new ArrayList<>();
        for (Filter filter : List.of(this, other)) {
            if (filter instanceof And(var inner)) {
                parts.addAll(inner);
            } else {
                parts.add(filter);
            }
        }
        return parts.size() == 1 ? parts.getFirst() : new And(parts);
    }

    /** The parts that all have to match. */
    default List<Filter> conjuncts() {
        return this instanceof And(var parts)
                ? parts.stream().flatMap(part -> part.conjuncts().stream()).toList()
                : List.of(this);
    }

    /** The {@code $near} of this filter, which also orders the answer; the parser allows one, and only where it must match. */
    default Optional<NearField> near() {
        for (Filter part : conjuncts()) {
            if (part instanceof Field(var path, Condition.Near near)) {
                return Optional.of(new NearField(path, near));
            }
        }
        return Optional.empty();
    }

    /** Every path whose value can change the outcome, element filters' paths included. */
    default List<FieldPath> paths() {
        return switch (this) {
            case And(var parts) ->
                parts.stream().flatMap(part -> part.paths().stream()).distinct().toList();
            case Or(var parts) ->
                parts.stream().flatMap(part -> part.paths().stream()).distinct().toList();
            case Not(var part) -> part.paths();
            case Field(var path, var condition) -> condition.paths(path);
        };
    }

    /** A {@code $near} and where it looks. */
    record NearField(FieldPath path, Condition.Near near) {
        /** The distance of the document's nearest position, in the unit of the {@code $near}; infinite without one. */
        public double distance(BsonDocument document) {
            double[] best = {Double.POSITIVE_INFINITY};
            path.any(document, (value, named) -> {
                best[0] = Math.min(best[0], near.distance(value));
                if (!named && value instanceof BsonArray array) {
                    array.forEach(element -> best[0] = Math.min(best[0], near.distance(element)));
                }
                return false;
            });
            return best[0];
        }
    }
}
