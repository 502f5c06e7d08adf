package dev.croft.vault.documents;

import dev.croft.vault.documents.view.Change;
import dev.croft.vault.documents.view.DocumentView;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Group commit. Whoever gets the lock decides everything that waits, one piece of work after the other, appends all of it to the log at once, puts it into the
 * view, and only then are the pieces acknowledged. Readers never see what is not durable.
 */
final class Writer {
    private static final int MAX_CHANGES = 20_000;
    private static final long MAX_BYTES = 8 << 20;

    private final DocumentLog log;
    private final LiveView live;
    private final Schema schema;
    private final Queue<Job<?>> waiting = new ConcurrentLinkedQueue<>();
    private final ReentrantLock lock = new ReentrantLock();

    Writer(DocumentLog log, LiveView live, Schema schema) {
        this.log = log;
        this.live = live;
        this.schema = schema;
    }

    private static final class Job<T> {
        private final Function<WriteBatch, T> work;
        private @Nullable T result;
        private @Nullable RuntimeException failure;
        private boolean done;

        Job(Function<WriteBatch, T> work) {
            this.work = work;
        }

        void decide(WriteBatch batch) {
            int mark = batch.mark();
            try {
                result = work.apply(batch);
                failure = null;
            } catch (DocumentException.ViewDamaged e) {
                throw e;
            } catch (RuntimeException e) {
                batch.rollback(mark);
                failure = e;
            }
        }

        T outcome() {
            if (failure != null) {
                // The decision may have been made by another thread: show where it was asked for.
                failure.addSuppressed(new Throwable("asked for here"));
                throw failure;
            }
            if (result == null) {
                throw new IllegalStateException("a piece of work without result");
            }
            return result;
        }
    }

    /** Does the work, which may run in another thread and more than once before it counts, and returns when its changes are durable and readable. */
    <T> T submit(Function<WriteBatch, T> work) {
        Job<T> job = new Job<>(work);
        waiting.add(job);
        lock.lock();
        try {
            while (!job.done) {
                commit();
            }
        } finally {
            lock.unlock();
        }
        return job.outcome();
    }

    private void commit() {
        List<Job<?>> jobs = new ArrayList<>();
        try {
            DocumentView view = live.view();
            if (view.next() != log.next()) {
                live.catchUp();
                view = live.view();
            }
            try {
                commit(view, jobs);
            } catch (DocumentException.ViewDamaged _) {
                live.replace(view);
                commit(live.view(), jobs);
            }
        } catch (RuntimeException e) {
            if (jobs.isEmpty()) {
                waiting.removeIf(job -> jobs.add(job));
            }
            fail(jobs, e);
        } catch (Error e) {
            // Those who wait for these pieces must not wait for ever.
            fail(jobs, new DocumentException.LogFailed("writing was cut short", e));
            throw e;
        } finally {
            jobs.forEach(job -> job.done = true);
        }
    }

    private static void fail(List<Job<?>> jobs, RuntimeException failure) {
        jobs.forEach(job -> job.failure = failure);
    }

    private void commit(DocumentView view, List<Job<?>> jobs) {
        try (WriteBatch batch = new WriteBatch(view, schema)) {
            for (Job<?> again : jobs) {
                again.decide(batch);
            }
            while (batch.changes().size() < MAX_CHANGES && batch.bytes() < MAX_BYTES) {
                Job<?> job = waiting.poll();
                if (job == null) {
                    break;
                }
                jobs.add(job);
                job.decide(batch);
            }
            List<Change> changes = batch.changes();
            if (changes.isEmpty()) {
                return;
            }
            List<byte[]> bodies = ChangeCodec.encode(changes);
            long first;
            try {
                first = log.append(bodies);
            } catch (RuntimeException e) {
                throw new DocumentException.LogFailed("the log did not take the changes", e);
            }
            live.advance(first, changes, first + bodies.size());
        }
    }
}
