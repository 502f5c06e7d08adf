package dev.croft.router.registry;

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

    /** As {@link #write}, without a result. */
    final void change(HandleConsumer<RuntimeException> what) {
        write(handle -> {
            what.useHandle(handle);
            return true;
        });
    }
}
