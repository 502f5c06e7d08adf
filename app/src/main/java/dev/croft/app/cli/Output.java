package dev.croft.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.croft.vault.api.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/**
 * Where a command writes: words for people, or with {@code --json} one JSON document for programs, on standard output;
 * progress and warnings on standard error.
 *
 * @param out standard output
 * @param err standard error
 * @param json whether {@code --json} was given
 */
public record Output(PrintWriter out, PrintWriter err, boolean json) {
    private static final ObjectMapper PRETTY = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** A line for people; nothing with {@code --json}. */
    public void line(String format, Object... arguments) {
        if (!json) {
            out.println(printable(format, arguments));
        }
    }

    /** A line on standard error, in either mode. */
    public void warn(String format, Object... arguments) {
        err.println("croft: " + printable(format, arguments));
        err.flush();
    }

    // Names and values from outside must not move the cursor or break the line.
    private static String printable(String format, Object... arguments) {
        return printable(arguments.length == 0 ? format : String.format(Locale.ROOT, format, arguments));
    }

    /** The text without characters that steer a terminal. */
    static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ");
    }

    /** The command's result as JSON; nothing without {@code --json}. */
    public void result(Object value) {
        if (json) {
            try {
                // Amounts, times and documents have one form in JSON, which the permission manager's API fixes.
                out.println(PRETTY.writeValueAsString(PRETTY.readTree(Json.write(value))));
            } catch (IOException e) {
                throw new IllegalStateException("result cannot be written", e);
            }
        }
        out.flush();
    }

    /** Rows under headings, each column as wide as its widest cell; nothing with {@code --json}. */
    public void table(List<String> headings, List<List<String>> values) {
        if (json) {
            return;
        }
        List<List<String>> rows = values.stream()
                .map(row -> row.stream().map(Output::printable).toList())
                .toList();
        int[] widths = new int[headings.size()];
        for (int column = 0; column < widths.length; column++) {
            int at = column;
            widths[column] = Math.max(
                    headings.get(column).length(),
                    rows.stream().mapToInt(row -> row.get(at).length()).max().orElse(0));
        }
        row(headings, widths);
        rows.forEach(row -> row(row, widths));
    }

    private void row(List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < cells.size(); column++) {
            line.append(cells.get(column));
            if (column < cells.size() - 1) {
                line.repeat(' ', widths[column] - cells.get(column).length() + 2);
            }
        }
        out.println(line);
    }

    /** Whether a person watches standard error, so that a progress bar helps rather than fills a log. */
    public boolean terminal() {
        var console = System.console();
        return !json && console != null && console.isTerminal();
    }
}
