package dev.croft.budget.simulation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Rows of named columns, to be written as CSV and as an Arrow file. Columns are added first; not thread-safe. */
final class Table {
    /** What a column holds. */
    enum Type {
        TEXT,
        INTEGER,
        NUMBER
    }

    /** @param cells the value of each row: a String, Long or Double by type, or {@code null} for none */
    record Column(String name, Type type, IntFunction<@Nullable Object> cells) {}

    private final int rows;
    private final List<Column> columns = new ArrayList<>();

    Table(int rows) {
        this.rows = rows;
    }

    Table text(String name, IntFunction<@Nullable String> cells) {
        columns.add(new Column(name, Type.TEXT, cells::apply));
        return this;
    }

    Table integer(String name, IntFunction<@Nullable Long> cells) {
        columns.add(new Column(name, Type.INTEGER, cells::apply));
        return this;
    }

    Table number(String name, IntFunction<@Nullable Double> cells) {
        columns.add(new Column(name, Type.NUMBER, cells::apply));
        return this;
    }

    int rows() {
        return rows;
    }

    List<Column> columns() {
        return columns;
    }

    /** One line of names and one for each row; what is not there is empty. No text may hold a comma, quote or line break. */
    void csv(Appendable csv) throws IOException {
        csv.append(String.join(",", columns.stream().map(Column::name).toList()))
                .append('\n');
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < columns.size(); i++) {
                if (i > 0) csv.append(',');
                Object cell = columns.get(i).cells.apply(row);
                if (cell instanceof Double number) csv.append(PythonFloat.repr(number));
                else if (cell != null) csv.append(cell.toString());
            }
            csv.append('\n');
        }
    }

    /** An Arrow IPC file, which pandas, Polars, DuckDB, R and Spark read. */
    void arrow(Path file) throws IOException {
        ArrowFile.write(this, file);
    }
}
