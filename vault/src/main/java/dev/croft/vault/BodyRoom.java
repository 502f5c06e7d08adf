package dev.croft.vault;

import dev.croft.vault.api.PmRoute;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.http.Request;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the bodies that are in memory at once within a part of the heap: one MiB of JSON may take twenty as documents. Small bodies pass
 * freely; large ones wait for room. Uploads keep no body in memory and need none. Thread-safe.
 */
final class BodyRoom {
    private static final int MIB = 1 << 20;
    private static final int SMALL = 64 * 1024;
    private static final int PART_OF_HEAP = 24;
    private static final long PATIENCE_SECONDS = 20;

    private final int all = (int) Math.max(16, Runtime.getRuntime().maxMemory() / MIB / PART_OF_HEAP);
    private final Semaphore free = new Semaphore(all, true);

    /** Room that is given back when closed. */
    interface Taken extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Waits until there is room for the request's body.
     *
     * @throws ProblemException {@link ProblemCode#OVERLOADED} after twenty seconds
     */
    Taken take(PmRoute route, Request request) {
        if (route == PmRoute.UPLOAD || (request.contentLength() >= 0 && request.contentLength() <= SMALL)) {
            return () -> {};
        }
        long bytes = request.contentLength() < 0 ? CloudRoutes.MOST_BODY : request.contentLength();
        // What is larger is refused without being read.
        int wanted = (int) (Math.min(bytes, CloudRoutes.MOST_BODY) / MIB) + 1;
        int room = Math.min(wanted, all);
        try {
            if (free.tryAcquire(room, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                return () -> free.release(room);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new ProblemException(ProblemCode.OVERLOADED, "too many large requests at once", 1);
    }
}
