package dev.croft.capsule.server;

import dev.croft.capsule.replication.Fragment;
import dev.croft.capsule.replication.ReplicationException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Reads what clients send, with an eye on memory: all large bodies together take a part of the heap and no more, however many clients send at once and whatever lengths
 * they claim. A body is counted as it comes, not as it is announced. Thread-safe.
 */
final class Bodies {
    private static final int UNIT = 64 << 10;

    private final Semaphore units;
    private final Duration patience;

    /** An eighth of the heap, as reading takes twice as much for a moment; but room for two of the largest kind. */
    Bodies() {
        this(Math.max(Runtime.getRuntime().maxMemory() / 8, 2L * Fragment.MOST_ENCODED_BYTES), Duration.ofSeconds(10));
    }

    Bodies(long room, Duration patience) {
        this.units = new Semaphore((int) Math.min(Integer.MAX_VALUE, room / UNIT));
        this.patience = patience;
    }

    /** What is done with a body. */
    @FunctionalInterface
    interface Work<T> {
        T with(byte[] body) throws IOException;
    }

    /**
     * Reads a body to its end and works on it.
     *
     * @throws ReplicationException.Refused when it has more than {@code most} bytes
     * @throws ReplicationException.NoRoom when others take the room, for too long
     */
    <T> T with(InputStream in, int most, Work<T> work) throws IOException {
        int held = 0;
        try {
            var body = new ByteArrayOutputStream();
            byte[] buffer = new byte[UNIT];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                if (body.size() + count > most) {
                    throw new ReplicationException.Refused("the body may have at most " + most + " bytes");
                }
                body.write(buffer, 0, count);
                // The first one is free, so that small requests pass while large ones wait.
                while (body.size() > (held + 1) * UNIT) {
                    acquire();
                    held++;
                }
            }
            return work.with(body.toByteArray());
        } finally {
            units.release(held);
        }
    }

    private void acquire() {
        try {
            if (!units.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new ReplicationException.NoRoom("too much is being sent at once: try again");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ReplicationException.NoRoom("the server is stopping");
        }
    }
}
