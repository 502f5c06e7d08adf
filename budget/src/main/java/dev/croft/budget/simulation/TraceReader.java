package dev.croft.budget.simulation;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.croft.budget.InvalidInputException;
import dev.croft.budget.InvalidInputException.Problem;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** Files of a recorded workload: JSON, and CSV with a header line, plain or gzip. */
final class TraceReader {
    private static final int MAX_ROWS = 20_000_000;
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxDocumentLength(64L << 20)
                            .maxNestingDepth(64)
                            .build())
                    .build())
            .build();

    private TraceReader() {}

    static JsonNode json(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return JSON.readTree(in);
        }
    }

    static @Nullable JsonNode jsonIfPresent(Path file) throws IOException {
        return Files.exists(file) ? json(file) : null;
    }

    static double number(JsonNode node, String field) {
        JsonNode value = node.get(field);
        if (value == null || !value.isNumber())
            throw new InvalidInputException(field, Problem.MALFORMED, "a number is needed");
        double number = value.doubleValue();
        if (!Double.isFinite(number)) throw new InvalidInputException(field, Problem.INFINITE, "" + number);
        return number;
    }

    static double number(JsonNode node, String field, double otherwise) {
        JsonNode value = node.get(field);
        return value == null || value.isNull() ? otherwise : number(node, field);
    }

    static boolean flag(JsonNode node, String field, boolean otherwise) {
        JsonNode value = node.get(field);
        return value == null || !value.isBoolean() ? otherwise : value.booleanValue();
    }

    static double[] numbers(JsonNode node, String field) {
        JsonNode values = node.get(field);
        if (values == null || !values.isArray())
            throw new InvalidInputException(field, Problem.MALFORMED, "a list of numbers is needed");
        var numbers = new double[values.size()];
        for (int i = 0; i < numbers.length; i++) {
            if (!values.get(i).isNumber())
                throw new InvalidInputException(field, Problem.MALFORMED, "entry " + i + " is no number");
            numbers[i] = values.get(i).doubleValue();
        }
        return numbers;
    }

    /** When the row's claim arrives, not before the one above it. */
    static double arrival(Row row, double before) {
        double arrival = row.number("arrival");
        if (arrival < before)
            throw new InvalidInputException("arrival", Problem.MALFORMED, "goes back in line " + row.line());
        return arrival;
    }

    /** One row of a CSV file by the names of the header. */
    record Row(int line, Map<String, Integer> header, String[] cells) {
        String text(String column) {
            Integer at = header.get(column);
            if (at == null) throw new InvalidInputException(column, Problem.UNKNOWN, "no such column");
            if (at >= cells.length) throw new InvalidInputException(column, Problem.EMPTY, "missing in line " + line);
            String cell = cells[at].strip();
            boolean quoted = cell.length() > 1 && cell.startsWith("\"") && cell.endsWith("\"");
            return quoted ? cell.substring(1, cell.length() - 1) : cell;
        }

        double number(String column) {
            try {
                double value = Double.parseDouble(text(column));
                if (!Double.isFinite(value))
                    throw new InvalidInputException(column, Problem.NOT_A_NUMBER, "in line " + line);
                return value;
            } catch (NumberFormatException e) {
                throw new InvalidInputException(column, Problem.MALFORMED, "no number in line " + line);
            }
        }

        /** Whose claim it is: by the column {@code analyst}, or each its own where there is none. */
        long analyst(int id) {
            return header.containsKey("analyst") ? integer("analyst") : id;
        }

        int integer(String column) {
            try {
                return Integer.parseInt(text(column));
            } catch (NumberFormatException e) {
                throw new InvalidInputException(column, Problem.MALFORMED, "no integer in line " + line);
            }
        }
    }

    /** The rows of {@code stem} or {@code stem.gz}; at most 20 million. */
    static List<Row> csv(Path stem) throws IOException {
        Path packed = stem.resolveSibling(stem.getFileName() + ".gz");
        boolean plain = Files.exists(stem);
        var rows = new ArrayList<Row>();
        try (InputStream file = Files.newInputStream(plain ? stem : packed);
                InputStream in = plain ? file : new GZIPInputStream(file, 1 << 16);
                var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            String first = reader.readLine();
            if (first == null) throw new InvalidInputException("claims", Problem.EMPTY, stem + " is empty");
            var header = new HashMap<String, Integer>();
            for (String name : first.split(",", -1)) header.put(name.strip(), header.size());
            int number = 1;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                number++;
                if (line.isEmpty()) continue;
                if (rows.size() == MAX_ROWS)
                    throw new InvalidInputException("claims", Problem.TOO_MANY, "more than " + MAX_ROWS);
                rows.add(new Row(number, header, line.split(",", -1)));
            }
        }
        return rows;
    }
}
