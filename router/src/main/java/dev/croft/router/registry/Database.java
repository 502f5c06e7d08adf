package dev.croft.router.registry;

import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.HandleConsumer;
import org.jdbi.v3.core.Jdbi;

/** Reads, and writes that are durable when they return. Thread-safe. */
class Database {

    private final Jdbi jdbi;

    Database(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    final Jdbi jdbi() {
        return jdbi;
    }

    final <T> T read(HandleCallback<T, RuntimeException> what) {
        return jdbi.withHandle(what);
    }

    /** One transaction, which survives the end of this process and of the machine as soon as this returns. */
    <T> T write(HandleCallback<T, RuntimeException> what) {
        return jdbi.inTransaction(what);
    }

    /** The moment by the clock that every router over this database goes by: its own, where it is a server. */
    Instant now(Handle handle, Clock clock) {
        return handle.createQuery("SELECT clock_timestamp()")
                .mapTo(OffsetDateTime.class)
                .one()
                .toInstant();
    }

    /** As {@link #write}, without a result. */
    final void change(HandleConsumer<RuntimeException> what) {
        write(handle -> {
            what.useHandle(handle);
            return true;
        });
    }
}
