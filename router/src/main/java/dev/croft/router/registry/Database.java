package dev.croft.router.registry;

import dev.croft.router.RouterException;
import java.sql.SQLException;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;
import org.h2.mvstore.MVStore;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.HandleConsumer;
import org.jdbi.v3.core.Jdbi;

/**
 * Reads, and writes that are durable when they return.
 *
 * <p>PostgreSQL's commits are durable by themselves. H2 keeps a committed transaction in memory for up to half a second, and hands it
 * to threads of its own then, so that a process killed in between loses what it has acknowledged; its WRITE_DELAY does not change the
 * second part. Hence each write here makes H2 store at once, and waits until its threads have.
 */
final class Database {

    private final Jdbi jdbi;
    private final boolean embedded;

    /** @param embedded whether this is an H2 file of this process */
    Database(Jdbi jdbi, boolean embedded) {
        this.jdbi = jdbi;
        this.embedded = embedded;
    }

    <T> T read(HandleCallback<T, RuntimeException> what) {
        return jdbi.withHandle(what);
    }

    /** One transaction, which survives the end of this process as soon as this returns. */
    <T> T write(HandleCallback<T, RuntimeException> what) {
        return jdbi.withHandle(handle -> {
            T done = handle.inTransaction(what);
            if (embedded) {
                written(handle);
            }
            return done;
        });
    }

    /** As {@link #write}, without a result. */
    void change(HandleConsumer<RuntimeException> what) {
        write(handle -> {
            what.useHandle(handle);
            return true;
        });
    }

    /** Makes what was written survive the end of the machine too. */
    void sync() {
        if (embedded) {
            jdbi.useHandle(handle -> store(handle).sync());
        }
    }

    private static void written(Handle handle) {
        MVStore store = store(handle);
        store.commit();
        store.executeFilestoreOperation(() -> {});
    }

    private static MVStore store(Handle handle) {
        try {
            JdbcConnection connection = handle.getConnection().unwrap(JdbcConnection.class);
            if (connection.getSession() instanceof SessionLocal session) {
                return session.getDatabase().getStore().getMvStore();
            }
            throw new IllegalStateException("not an embedded database");
        } catch (SQLException e) {
            throw new RouterException.Broken("the embedded database cannot be reached", e);
        }
    }
}
