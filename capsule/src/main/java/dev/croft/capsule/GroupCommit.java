package dev.croft.capsule;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the appends of many threads so that they share one write, one signature and one sync. The thread that finds no
 * commit under way makes one for all that wait; when it is done it hands the next commit to the first that came since.
 * Thread-safe.
 */
final class GroupCommit {
    private static final int MOST_GROUP_BYTES = 16 << 20;
    private static final int MOST_GROUP_RECORDS = 1 << 17;

    private final Consumer<List<Append>> commit;
    private final ArrayDeque<Append> waiting = new ArrayDeque<>();
    private boolean committing;

    GroupCommit(Consumer<List<Append>> commit) {
        this.commit = commit;
    }

    /** One call's bodies, and what became of them. */
    static final class Append {
        final List<byte[]> bodies;
        final List<HashPointer> pointers;
        final long bytes;
        private final CountDownLatch turn = new CountDownLatch(1);
        private boolean leads;
        private volatile long first = -1;
        private volatile @Nullable RuntimeException failure;

        Append(List<byte[]> bodies, List<HashPointer> pointers, long bytes) {
            this.bodies = bodies;
            this.pointers = pointers;
            this.bytes = bytes;
        }

        void done(long sequence) {
            first = sequence;
        }

        void failed(RuntimeException cause) {
            failure = cause;
        }

        private long result() {
            RuntimeException cause = failure;
            if (cause != null) {
                throw cause;
            }
            return first;
        }
    }

    /** Waits until the append is durable; returns the sequence of its first record. */
    long append(Append append) {
        synchronized (this) {
            waiting.add(append);
            if (!committing) {
                committing = true;
                append.leads = true;
            }
        }
        if (!append.leads) {
            await(append);
        }
        if (append.leads) {
            lead();
        }
        return append.result();
    }

    private void lead() {
        List<Append> group = new ArrayList<>();
        synchronized (this) {
            long bytes = 0;
            long records = 0;
            while (!waiting.isEmpty()) {
                Append next = waiting.peek();
                bytes += next.bytes;
                records += next.bodies.size();
                if (!group.isEmpty() && (bytes > MOST_GROUP_BYTES || records > MOST_GROUP_RECORDS)) {
                    break;
                }
                group.add(waiting.remove());
            }
        }
        try {
            commit.accept(group);
        } catch (RuntimeException | Error e) {
            RuntimeException cause = e instanceof RuntimeException known ? known : new IllegalStateException(e);
            group.forEach(append -> append.failed(cause));
            if (e instanceof Error error) {
                throw error;
            }
        } finally {
            handOver();
            for (Append append : group) {
                append.turn.countDown();
            }
        }
    }

    private void handOver() {
        synchronized (this) {
            Append next = waiting.peek();
            if (next == null) {
                committing = false;
            } else {
                next.leads = true;
                next.turn.countDown();
            }
        }
    }

    /** An append cannot be taken back, so an interrupt waits until it is decided. */
    private static void await(Append append) {
        boolean interrupted = false;
        while (true) {
            try {
                append.turn.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
