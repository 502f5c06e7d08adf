package dev.croft.app.cli;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an SQL statement gave.
 *
 * @param columns their names; none where it selected nothing
 * @param rows values as SQLite has them, null among them
 * @param cut whether there were more rows
 * @param changed how many rows it changed
 */
record SqlRows(List<String> columns, List<List<@Nullable Object>> rows, boolean cut, int changed) {
    /** Runs one statement. */
    static SqlRows of(Connection connection, String sql, int limit) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            if (!statement.execute(sql)) {
                return new SqlRows(List.of(), List.of(), false, Math.max(0, statement.getUpdateCount()));
            }
            try (ResultSet result = statement.getResultSet()) {
                ResultSetMetaData meta = result.getMetaData();
                List<String> columns = new ArrayList<>();
                for (int column = 1; column <= meta.getColumnCount(); column++) {
                    columns.add(meta.getColumnLabel(column));
                }
                List<List<@Nullable Object>> rows = new ArrayList<>();
                boolean more = result.next();
                while (more && rows.size() < limit) {
                    List<@Nullable Object> row = new ArrayList<>();
                    for (int column = 1; column <= columns.size(); column++) {
                        row.add(value(result.getObject(column)));
                    }
                    rows.add(row);
                    more = result.next();
                }
                return new SqlRows(columns, rows, more, 0);
            }
        }
    }

    private static @Nullable Object value(@Nullable Object value) {
        return value instanceof byte[] bytes ? Base64.getEncoder().encodeToString(bytes) : value;
    }

    List<List<String>> asText() {
        return rows.stream()
                .map(row -> row.stream()
                        .map(value -> value == null ? "" : value.toString())
                        .toList())
                .toList();
    }

    Map<String, Object> asJson() {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("columns", columns);
        result.put("rows", rows);
        result.put("cut", cut);
        result.put("changed", changed);
        return result;
    }
}
