package dev.croft.router.registry;

import dev.croft.router.RouterException;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;

/** Tells what the registry refuses however often it is asked from what it may take a moment later. Pure. */
public final class Refused {

    /** Classes of SQLSTATE: of data that does not fit, and of a constraint. A table that is not there, an operator may be about to restore. */
    private static final Set<String> CLASSES = Set.of("22", "23");

    private static final Set<Integer> SQLITE = Set.of(
            SQLiteErrorCode.SQLITE_CONSTRAINT.code,
            SQLiteErrorCode.SQLITE_MISMATCH.code,
            SQLiteErrorCode.SQLITE_TOOBIG.code);

    private Refused() {}

    /** Whether asking again does not help: a constraint, data that the registry does not take, a row that is not there. */
    public static boolean isForGood(RuntimeException failure) {
        if (failure instanceof RouterException) {
            return failure instanceof RouterException.NotFound
                    || failure instanceof RouterException.Conflict
                    || failure instanceof RouterException.Invalid;
        }
        SQLException sql = sql(failure);
        if (sql == null) {
            // What is wrong before the database is asked at all.
            return failure instanceof IllegalArgumentException;
        }
        String state = sql.getSQLState();
        return state != null && state.length() == 5
                ? CLASSES.contains(state.substring(0, 2))
                : SQLITE.contains(sql.getErrorCode() & 0xff);
    }

    private static @Nullable SQLException sql(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 20; depth++, cause = cause.getCause()) {
            if (cause instanceof SQLException found) {
                return found;
            }
        }
        return null;
    }
}
