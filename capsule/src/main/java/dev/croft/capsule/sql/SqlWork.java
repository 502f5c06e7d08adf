package dev.croft.capsule.sql;

import java.sql.Connection;
import java.sql.SQLException;

/** Statements to run on a connection that is this work's alone until it returns. */
@FunctionalInterface
public interface SqlWork<T> {
    T run(Connection connection) throws SQLException;
}
