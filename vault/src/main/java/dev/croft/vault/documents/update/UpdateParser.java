package dev.croft.vault.documents.update;

import dev.croft.vault.documents.DocumentException.BadQuery;
import dev.croft.vault.documents.DocumentException.BadUpdate;
import dev.croft.vault.documents.filter.Condition;
import dev.croft.vault.documents.filter.FieldPath;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonValue;

/** Compiles an update document. */
final class UpdateParser {
    private static final int MAX_CHANGES = 1_000;

    private UpdateParser() {}

    static Update parse(BsonDocument update) {
        List<Update.Change> changes = new ArrayList<>();
        for (Map.Entry<String, BsonValue> entry : update.entrySet()) {
            String operator = entry.getKey();
            if (!operator.startsWith("$")) {
                throw new BadUpdate(operator, "an update is made of operators; to put a whole document, replace");
            }
            if (!(entry.getValue() instanceof BsonDocument fields)) {
                throw new BadUpdate(operator, operator + " takes a document of paths");
            }
            for (Map.Entry<String, BsonValue> field : fields.entrySet()) {
                if (changes.size() == MAX_CHANGES) {
                    throw new BadUpdate(operator, "an update makes at most " + MAX_CHANGES + " changes");
                }
                refuseDeep(operator, field.getValue(), 0);
                changes.add(change(operator, path(field.getKey()), field.getValue()));
            }
        }
        if (changes.isEmpty()) {
            throw new BadUpdate("update", "an update makes at least one change");
        }
        refuseOverlaps(changes);
        return new Update(changes);
    }

    private static void refuseDeep(String operator, BsonValue value, int depth) {
        if (depth > FieldPath.MAX_PIECES) {
            throw new BadUpdate(operator, "a value nests at most " + FieldPath.MAX_PIECES + " deep");
        }
        switch (value) {
            case BsonDocument document -> document.values().forEach(inner -> refuseDeep(operator, inner, depth + 1));
            case BsonArray array -> array.forEach(inner -> refuseDeep(operator, inner, depth + 1));
            default -> {}
        }
    }

    private static FieldPath path(String text) {
        try {
            return FieldPath.parse(text);
        } catch (BadQuery e) {
            throw new BadUpdate(e.subject(), String.valueOf(e.getMessage()));
        }
    }

    private static Update.Change change(String operator, FieldPath path, BsonValue value) {
        return switch (operator) {
            case "$set" -> new Update.Set(path, value);
            case "$unset" -> new Update.Unset(path);
            case "$inc" -> {
                if (!value.isNumber()) {
                    throw new BadUpdate(path.toString(), "$inc takes a number");
                }
                yield new Update.Increment(path, value);
            }
            case "$push" -> new Update.Push(path, each(operator, value));
            case "$addToSet" -> new Update.AddToSet(path, each(operator, value));
            case "$pull" -> {
                try {
                    yield new Update.Pull(path, Condition.ofElements(value));
                } catch (BadQuery e) {
                    throw new BadUpdate(e.subject(), String.valueOf(e.getMessage()));
                }
            }
            default -> throw new BadUpdate(operator, "unknown operator " + operator);
        };
    }

    private static List<BsonValue> each(String operator, BsonValue value) {
        if (!(value instanceof BsonDocument modifiers)
                || modifiers.isEmpty()
                || !modifiers.getFirstKey().startsWith("$")) {
            return List.of(value);
        }
        for (String modifier : modifiers.keySet()) {
            if (!modifier.equals("$each")) {
                throw new BadUpdate(modifier, "unknown modifier " + modifier + " of " + operator);
            }
        }
        if (!(modifiers.get("$each") instanceof BsonArray values)) {
            throw new BadUpdate("$each", "$each takes an array");
        }
        return List.copyOf(values);
    }

    private static void refuseOverlaps(List<Update.Change> changes) {
        List<FieldPath> paths = changes.stream()
                .map(Update.Change::path)
                .sorted((a, b) -> BY_PIECES.compare(a.pieces(), b.pieces()))
                .toList();
        // Sorted by pieces, a path that contains another stands right before the first it contains.
        for (int i = 1; i < paths.size(); i++) {
            if (paths.get(i).within(paths.get(i - 1))) {
                throw new BadUpdate(
                        paths.get(i).toString(),
                        "two changes at " + paths.get(i - 1) + " would be in each other's way");
            }
        }
    }

    private static final Comparator<List<String>> BY_PIECES = (a, b) -> {
        for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
            int order = a.get(i).compareTo(b.get(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(a.size(), b.size());
    };
}
