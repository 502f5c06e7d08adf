package dev.croft.operator.decide;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** Whether a status says what the reference's says: its fields, to eleven digits; an empty object is as none. */
final class Like {
    private static final double TOLERANCE = 1e-11;

    private Like() {}

    /** The first difference, or null. What only the operator's status has is no difference, except in maps. */
    static @Nullable String difference(String at, JsonNode expected, @Nullable JsonNode actual) {
        if (actual == null || actual.isNull() || isNothing(actual))
            return isNothing(expected) ? null : at + ": " + expected + " is missing";
        if (expected.isNumber())
            return actual.isNumber()
                            && Math.abs(expected.asDouble() - actual.asDouble())
                                    <= TOLERANCE * Math.max(1, Math.abs(expected.asDouble()))
                    ? null
                    : at + ": " + expected + " is " + actual;
        if (expected.isArray()) {
            if (expected.size() != actual.size()) return at + ": " + expected + " is " + actual;
            for (int i = 0; i < expected.size(); i++) {
                String found = difference(at + "[" + i + "]", expected.get(i), actual.get(i));
                if (found != null) return found;
            }
            return null;
        }
        if (expected.isObject()) {
            for (Iterator<String> names = expected.fieldNames(); names.hasNext(); ) {
                String name = names.next();
                String found = difference(at + "." + name, expected.get(name), actual.get(name));
                if (found != null) return found;
            }
            boolean map = at.endsWith("Map") || at.endsWith("Budgets") || at.endsWith("budgets");
            if (map && expected.size() != actual.size()) return at + ": " + expected + " is " + actual;
            return null;
        }
        return expected.equals(actual) ? null : at + ": " + expected + " is " + actual;
    }

    private static boolean isNothing(JsonNode node) {
        return node.isContainerNode() && node.isEmpty()
                || node.isTextual() && node.asText().isEmpty();
    }
}
