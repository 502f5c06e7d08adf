package dev.croft.capsule.sql;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.Deque;

/** Connections that only read, kept for the next reader. Thread-safe. */
final class Connections implements AutoCloseable {
    private static final int MOST_IDLE = 4;

    private final Path file;
    private final Deque<Connection> idle = new ArrayDeque<>();
    private boolean closed;

    Connections(Path file) {
        this.file = file;
    }

    static Connection open(Path file, String... pragmas) throws SQLException {
        Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file.toAbsolutePath());
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA busy_timeout=30000");
            for (String pragma : pragmas) {
                statement.execute("PRAGMA " + pragma);
            }
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /** Runs work that only reads, in one transaction. */
    <T> T read(SqlWork<T> work) throws SQLException {
        Connection connection = take();
        try {
            connection.setAutoCommit(false);
            T result = work.run(connection);
            connection.rollback();
            give(connection);
            return result;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private Connection take() throws SQLException {
        synchronized (idle) {
            if (closed) {
                throw new SQLException("the database is closed");
            }
            Connection kept = idle.poll();
            if (kept != null) {
                return kept;
            }
        }
        return open(file, "query_only=ON");
    }

    private void give(Connection connection) throws SQLException {
        synchronized (idle) {
            if (!closed && idle.size() < MOST_IDLE) {
                idle.push(connection);
                return;
            }
        }
        connection.close();
    }

    @Override
    public void close() throws SQLException {
        synchronized (idle) {
            closed = true;
            for (Connection connection : idle) {
                connection.close();
            }
            idle.clear();
        }
    }
}
