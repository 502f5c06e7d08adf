package dev.croft.router.registry;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * A database with one writer at a time and a disk sync in each commit, as SQLite: writes that wait for each other share a transaction
 * and its sync. Each is a savepoint in it, so that one which throws undoes nothing but itself.
 */
final class GroupedDatabase extends Database {

    private static final int GROUP = 256;

    private final ConcurrentLinkedQueue<Write<?>> waiting = new ConcurrentLinkedQueue<>();
    private final ReentrantLock writing = new ReentrantLock(true);

    GroupedDatabase(Jdbi jdbi) {
        super(jdbi);
    }

    /** Its fields are written by whoever holds the lock, and read by its owner once it has held it. */
    private static final class Write<T> {
        final HandleCallback<T, RuntimeException> what;

        @Nullable
        T result;

        @Nullable
        RuntimeException failure;

        boolean done;

        Write(HandleCallback<T, RuntimeException> what) {
            this.what = what;
        }

        void run(Handle handle) {
            try {
                result = what.withHandle(handle);
            } catch (RuntimeException e) {
                failure = e;
            }
        }

        T outcome() {
            if (failure != null) {
                throw failure;
            }
            return Objects.requireNonNull(result);
        }
    }

    @Override
    Instant now(Handle handle, Clock clock) {
        return clock.instant();
    }

    @Override
    <T> T write(HandleCallback<T, RuntimeException> what) {
        Write<T> mine = new Write<>(what);
        waiting.add(mine);
        writing.lock();
        try {
            // Those before it in the queue are at most as many as there are threads.
            while (!mine.done) {
                List<Write<?>> group = new ArrayList<>();
                for (Write<?> next; group.size() < GROUP && (next = waiting.poll()) != null; ) {
                    group.add(next);
                }
                commit(group);
            }
        } finally {
            writing.unlock();
        }
        return mine.outcome();
    }

    private void commit(List<Write<?>> group) {
        try {
            jdbi().useTransaction(handle -> {
                for (Write<?> write : group) {
                    handle.savepoint("one");
                    write.run(handle);
                    if (write.failure == null) {
                        handle.releaseSavepoint("one");
                    } else {
                        handle.rollbackToSavepoint("one");
                    }
                }
            });
        } catch (RuntimeException e) {
            for (Write<?> write : group) {
                write.failure = write.failure == null ? e : write.failure;
            }
        } finally {
            group.forEach(write -> write.done = true);
        }
    }
}
