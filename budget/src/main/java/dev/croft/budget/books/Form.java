package dev.croft.budget.books;

import com.fasterxml.jackson.databind.JsonNode;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Fields of a JSON object, each refused by its full name when it is not of its form; what is not asked for is refused too. */
final class Form {
    private final String name;
    private final JsonNode object;
    private final Set<String> left;

    private Form(String name, JsonNode object) {
        this.name = name;
        this.object = object;
        this.left = new TreeSet<>();
        object.fieldNames().forEachRemaining(left::add);
    }

    /** Reads an object with {@code reader}. */
    static <T> T read(String name, @Nullable JsonNode node, Function<Form, T> reader) {
        if (node == null || !node.isObject()) throw bad(name.isEmpty() ? "body" : name, "not an object");
        var form = new Form(name, node);
        T value = reader.apply(form);
        if (!form.left.isEmpty())
            throw new InvalidInputException(form.path(form.left.iterator().next()), Problem.UNKNOWN, "no such field");
        return value;
    }

    String path(String field) {
        return name.isEmpty() ? field : name + "." + field;
    }

    boolean has(String field) {
        return object.hasNonNull(field);
    }

    /** Anything, or {@code null}. */
    @Nullable
    JsonNode any(String field) {
        left.remove(field);
        JsonNode value = object.get(field);
        return value == null || value.isNull() ? null : value;
    }

    private JsonNode needed(String field) {
        JsonNode value = any(field);
        if (value == null) throw new InvalidInputException(path(field), Problem.EMPTY, "is needed");
        return value;
    }

    String text(String field) {
        JsonNode value = needed(field);
        if (!value.isTextual()) throw bad(path(field), "not a string");
        return value.textValue();
    }

    double number(String field) {
        return number(path(field), needed(field));
    }

    private static double number(String path, JsonNode value) {
        if (value.isNumber()) return value.doubleValue();
        // JSON has no words for these; whoever sends them as text is told what is wrong with them.
        if (value.isTextual())
            switch (value.textValue()) {
                case "NaN" -> throw new InvalidInputException(path, Problem.NOT_A_NUMBER, "NaN");
                case "Infinity", "-Infinity" ->
                    throw new InvalidInputException(path, Problem.INFINITE, value.textValue());
                default -> {}
            }
        throw bad(path, "not a number");
    }

    double[] numbers(String field, int most) {
        JsonNode list = list(field, most);
        var numbers = new double[list.size()];
        for (int i = 0; i < numbers.length; i++) numbers[i] = number(path(field), list.get(i));
        return numbers;
    }

    BigDecimal decimal(String field) {
        JsonNode value = needed(field);
        if (!value.isNumber()) throw bad(path(field), "not a number");
        return value.decimalValue();
    }

    long whole(String field) {
        JsonNode value = needed(field);
        if (!value.isIntegralNumber()) throw bad(path(field), "not a whole number");
        if (!value.canConvertToLong()) throw new InvalidInputException(path(field), Problem.OVERFLOW, "too large");
        return value.longValue();
    }

    Instant time(String field) {
        try {
            return Instant.parse(text(field));
        } catch (DateTimeException e) {
            throw bad(path(field), "not an RFC 3339 time");
        }
    }

    /** Seconds, at most a century. */
    Duration seconds(String field, Duration otherwise) {
        if (!has(field)) {
            any(field);
            return otherwise;
        }
        double seconds = number(field);
        if (!(seconds >= 0)) throw new InvalidInputException(path(field), Problem.NEGATIVE, seconds + " s");
        if (seconds > 36_525 * 86_400.0) throw new InvalidInputException(path(field), Problem.OVERFLOW, seconds + " s");
        return Duration.ofMillis(Math.round(seconds * 1000));
    }

    private JsonNode list(String field, int most) {
        JsonNode list = needed(field);
        if (!list.isArray()) throw bad(path(field), "not a list");
        if (list.size() > most)
            throw new InvalidInputException(path(field), Problem.TOO_MANY, list.size() + ", at most " + most);
        return list;
    }

    List<String> texts(String field, int most) {
        var texts = new ArrayList<String>();
        for (JsonNode value : list(field, most)) {
            if (!value.isTextual()) throw bad(path(field), "not a list of strings");
            texts.add(value.textValue());
        }
        return texts;
    }

    <T> List<T> objects(String field, int most, Function<Form, T> reader) {
        var objects = new ArrayList<T>();
        for (JsonNode value : list(field, most)) objects.add(read(path(field), value, reader));
        return objects;
    }

    <T> T object(String field, Function<Form, T> reader) {
        return read(path(field), needed(field), reader);
    }

    /** An object whose fields are names of the sender's choice. */
    <T> Map<String, T> map(String field, int most, BiFunction<String, JsonNode, T> reader) {
        JsonNode object = any(field);
        if (object == null) return Map.of();
        if (!object.isObject()) throw bad(path(field), "not an object");
        if (object.size() > most)
            throw new InvalidInputException(path(field), Problem.TOO_MANY, object.size() + ", at most " + most);
        var map = new LinkedHashMap<String, T>();
        for (Iterator<Map.Entry<String, JsonNode>> entries = object.fields(); entries.hasNext(); ) {
            Map.Entry<String, JsonNode> entry = entries.next();
            map.put(entry.getKey(), reader.apply(path(field) + "." + entry.getKey(), entry.getValue()));
        }
        return map;
    }

    <E extends Enum<E>> E choice(String field, E[] of, Function<E, String> naming) {
        String text = text(field);
        for (E one : of) if (naming.apply(one).equals(text)) return one;
        throw new InvalidInputException(path(field), Problem.UNKNOWN, "no such choice");
    }

    static InvalidInputException bad(String field, String detail) {
        return new InvalidInputException(field, Problem.MALFORMED, detail);
    }
}
