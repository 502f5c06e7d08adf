package dev.croft.router.registry;

import dev.croft.router.RouterException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.OffsetDateTime;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.flywaydb.core.api.MigrationVersion;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * Takes over the registry that releases before 0.2 kept in an H2 file. All rows are copied into a new file, which gets its name when it
 * is whole and on disk; a crash before that leaves the old one as it was. The old file is kept under another name.
 */
final class H2Import {

    private static final Logger LOG = LoggerFactory.getLogger(H2Import.class);
    private static final int AT_ONCE = 1000;

    /** Those that H2 ever had, a referenced one before those that refer to it. */
    private static final List<String> TABLES = List.of(
            "accounts",
            "api_tokens",
            "private_clouds",
            "hosts",
            "placements",
            "catalogue",
            "launches",
            "queries",
            "query_legs",
            "enrolments",
            "operator_audit",
            "budget_journal");

    private H2Import() {}

    /** Makes the file from the H2 one beside it, if there is that one only. */
    static void run(Path directory, Path file) throws IOException {
        Path old = directory.resolve("registry.mv.db");
        if (!Files.exists(old)) {
            return;
        }
        if (!Files.exists(file)) {
            Path made = directory.resolve("registry.importing");
            Files.deleteIfExists(made);
            Files.deleteIfExists(directory.resolve("registry.importing-journal"));
            try {
                LOG.info("took over {} rows of the registry from H2", copy(directory.resolve("registry"), made));
            } catch (SQLException | RuntimeException e) {
                throw new RouterException.Broken(
                        "the registry of an earlier release, registry.mv.db, cannot be taken over:"
                                + " end whatever has it open, or move it away to begin with an empty registry",
                        e);
            }
            try (FileChannel channel = FileChannel.open(made, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
            try (FileChannel channel = FileChannel.open(directory)) {
                channel.force(true);
            }
        }
        Files.move(old, directory.resolve("registry.mv.db.imported"), StandardCopyOption.ATOMIC_MOVE);
    }

    private static long copy(Path h2, Path made) throws SQLException {
        String url = "jdbc:h2:file:" + h2.toAbsolutePath()
                + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;IFEXISTS=TRUE;ACCESS_MODE_DATA=r";
        SQLiteDataSource target = SqliteFile.source(made, SQLiteConfig.JournalMode.DELETE, true);
        try (Connection from = DriverManager.getConnection(url, "croft", "")) {
            SqliteFile.migrate(target, version(from));
            try (Connection to = target.getConnection()) {
                to.setAutoCommit(false);
                long rows = 0;
                for (String table : TABLES) {
                    rows += exists(from, table) ? copy(from, to, table) : 0;
                }
                to.commit();
                return rows;
            }
        }
    }

    private static MigrationVersion version(Connection from) throws SQLException {
        try (Statement statement = from.createStatement();
                ResultSet row = statement.executeQuery("SELECT \"version\" FROM \"flyway_schema_history\""
                        + " WHERE \"success\" ORDER BY \"installed_rank\" DESC LIMIT 1")) {
            if (!row.next()) {
                throw new SQLException("no schema");
            }
            return MigrationVersion.fromVersion(row.getString(1));
        }
    }

    private static boolean exists(Connection from, String table) throws SQLException {
        try (ResultSet found = from.getMetaData().getTables(null, null, table, null)) {
            return found.next();
        }
    }

    private static long copy(Connection from, Connection to, String table) throws SQLException {
        try (Statement read = from.createStatement();
                ResultSet rows = read.executeQuery("SELECT * FROM " + table)) {
            ResultSetMetaData columns = rows.getMetaData();
            int width = columns.getColumnCount();
            List<String> names = IntStream.rangeClosed(1, width)
                    .mapToObj(i -> name(columns, i))
                    .toList();
            String insert = "INSERT INTO " + table + " (" + String.join(", ", names) + ") VALUES ("
                    + String.join(", ", Collections.nCopies(width, "?")) + ")";
            long count = 0;
            try (PreparedStatement write = to.prepareStatement(insert)) {
                while (rows.next()) {
                    for (int i = 1; i <= width; i++) {
                        write.setObject(i, value(rows, columns, i));
                    }
                    write.addBatch();
                    if (++count % AT_ONCE == 0) {
                        write.executeBatch();
                    }
                }
                write.executeBatch();
            }
            return count;
        }
    }

    private static String name(ResultSetMetaData columns, int i) {
        try {
            return columns.getColumnName(i);
        } catch (SQLException e) {
            throw new RouterException.Broken("no name of a column", e);
        }
    }

    private static @Nullable Object value(ResultSet row, ResultSetMetaData columns, int i) throws SQLException {
        return switch (columns.getColumnType(i)) {
            case Types.TIMESTAMP_WITH_TIMEZONE -> {
                OffsetDateTime at = row.getObject(i, OffsetDateTime.class);
                if (at == null) {
                    yield null;
                }
                yield Timestamp.from(at.toInstant());
            }
            case Types.BINARY, Types.VARBINARY -> row.getBytes(i);
            case Types.CHAR, Types.VARCHAR, Types.CLOB -> row.getString(i);
            default -> row.getObject(i);
        };
    }
}
