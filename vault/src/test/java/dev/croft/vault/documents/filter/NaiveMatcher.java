package dev.croft.vault.documents.filter;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonNull;
import org.bson.BsonRegularExpression;
import org.bson.BsonType;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** MongoDB's matching written down a second time, straight from the filter's document and without a thought of speed. */
public final class NaiveMatcher {
    private NaiveMatcher() {}

    /** A value found at a path; {@code whole} if it may not be taken apart because a number named it. */
    private record Found(@Nullable BsonValue value, boolean whole) {}

    public static boolean matches(BsonDocument filter, BsonDocument document) {
        for (Map.Entry<String, BsonValue> entry : filter.entrySet()) {
            BsonValue value = entry.getValue();
            boolean holds = switch (entry.getKey()) {
                case "$and" -> value.asArray().stream().allMatch(one -> matches(one.asDocument(), document));
                case "$or" -> value.asArray().stream().anyMatch(one -> matches(one.asDocument(), document));
                case "$nor" -> value.asArray().stream().noneMatch(one -> matches(one.asDocument(), document));
                default -> field(found(document, List.of(entry.getKey().split("\\."))), value);
            };
            if (!holds) {
                return false;
            }
        }
        return true;
    }

    private static List<Found> found(@Nullable BsonValue value, List<String> path) {
        if (path.isEmpty()) {
            return List.of(new Found(value, false));
        }
        List<String> rest = path.subList(1, path.size());
        if (value instanceof BsonDocument document) {
            return found(document.get(path.getFirst()), rest);
        }
        if (!(value instanceof BsonArray array)) {
            return List.of(new Found(null, false));
        }
        List<Found> all = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            BsonValue element = array.get(i);
            if (element.isDocument()) {
                all.addAll(found(element, path));
            }
            if (path.getFirst().equals(Integer.toString(i))) {
                if (rest.isEmpty()) {
                    all.add(new Found(element, true));
                } else if (element.isDocument() || element.isArray()) {
                    all.addAll(found(element, rest));
                }
            }
        }
        return all;
    }

    private static boolean field(List<Found> found, BsonValue condition) {
        if (!(condition instanceof BsonDocument operators) || !isOperators(operators)) {
            return some(found, condition instanceof BsonRegularExpression ? "$regex" : "$eq", condition);
        }
        return operators.entrySet().stream().allMatch(entry -> {
            BsonValue value = entry.getValue();
            return switch (entry.getKey()) {
                case "$ne" -> !some(found, "$eq", value);
                case "$nin" -> !some(found, "$in", value);
                case "$not" -> !field(found, value);
                case "$exists" -> value.asBoolean().getValue() == some(found, "$exists", value);
                case "$all" ->
                    !value.asArray().isEmpty() && value.asArray().stream().allMatch(one -> some(found, "$eq", one));
                default -> some(found, entry.getKey(), value);
            };
        });
    }

    private static boolean isOperators(BsonDocument document) {
        return !document.isEmpty() && document.getFirstKey().startsWith("$");
    }

    private static boolean some(List<Found> found, String operator, BsonValue operand) {
        boolean takesApart = !List.of("$exists", "$size", "$elemMatch").contains(operator);
        return found.stream()
                .anyMatch(one -> one(one.value, operator, operand)
                        || (takesApart
                                && !one.whole
                                && one.value instanceof BsonArray array
                                && array.stream().anyMatch(element -> one(element, operator, operand))));
    }

    private static boolean one(@Nullable BsonValue value, String operator, BsonValue operand) {
        BsonValue present = value == null ? BsonNull.VALUE : value;
        boolean sameKind = BsonOrder.kind(present.getBsonType()) == BsonOrder.kind(operand.getBsonType());
        boolean extreme = operand.getBsonType() == BsonType.MIN_KEY || operand.getBsonType() == BsonType.MAX_KEY;
        boolean nan = BsonOrder.isNaN(present);
        boolean nans = nan || BsonOrder.isNaN(operand);
        boolean ordered = extreme ? value != null : sameKind && (!nans || (nan && BsonOrder.isNaN(operand)));
        int order = BsonOrder.ORDER.compare(present, operand);
        return switch (operator) {
            case "$eq" -> order == 0;
            case "$gt" -> ordered && order > 0;
            case "$gte" -> ordered && order >= 0;
            case "$lt" -> ordered && order < 0;
            case "$lte" -> ordered && order <= 0;
            case "$in" ->
                operand.asArray().stream()
                        .anyMatch(any -> one(value, any.isRegularExpression() ? "$regex" : "$eq", any));
            case "$exists" -> value != null;
            case "$size" ->
                value instanceof BsonArray array
                        && array.size() == operand.asInt32().getValue();
            case "$type" ->
                value != null
                        && value.getBsonType().getValue() == operand.asInt32().getValue();
            case "$regex" ->
                present.equals(operand)
                        || (present.isString()
                                && Pattern.compile(
                                                operand.asRegularExpression().getPattern(),
                                                operand.asRegularExpression()
                                                                .getOptions()
                                                                .isEmpty()
                                                        ? 0
                                                        : Pattern.CASE_INSENSITIVE)
                                        .matcher(present.asString().getValue())
                                        .find());
            case "$elemMatch" ->
                value instanceof BsonArray array
                        && array.stream().anyMatch(element -> element(element, operand.asDocument()));
            default -> throw new IllegalArgumentException(operator);
        };
    }

    private static boolean element(BsonValue element, BsonDocument condition) {
        if (isOperators(condition)) {
            return field(List.of(new Found(element, true)), condition);
        }
        if (element instanceof BsonArray array) {
            BsonDocument numbered = new BsonDocument();
            for (int i = 0; i < array.size(); i++) {
                numbered.put(Integer.toString(i), array.get(i));
            }
            return matches(condition, numbered);
        }
        return element.isDocument() && matches(condition, element.asDocument());
    }
}
