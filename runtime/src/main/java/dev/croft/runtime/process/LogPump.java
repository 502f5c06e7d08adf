package dev.croft.runtime.process;

import dev.croft.runtime.watch.LineWatch;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves what workloads print from their pipes to their log files: one thread, poll(2), and at most 64 KiB from each in
 * turn, so that a loud one neither starves the others nor fills the disk. A pipe holds 64 KiB while no router reads;
 * a workload that prints more than that waits for the next, and what is in the pipe of one that ends meanwhile is lost.
 */
final class LogPump implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LogPump.class);
    private static final int WAKE_MILLIS = 250;
    private static final int POLLFD = 8;

    /** One pipe. */
    static final class Source {
        private final int descriptor;
        private final LogFile file;
        private final LineWatch lines;
        private final CountDownLatch ended = new CountDownLatch(1);
        private volatile boolean drop;

        private Source(int descriptor, LogFile file, LineWatch lines) {
            this.descriptor = descriptor;
            this.file = file;
            this.lines = lines;
        }

        /** Waits until its last writer is gone and all is in the file, or gives the pipe up after this time. */
        void finish(long millis) {
            try {
                if (!ended.await(millis, TimeUnit.MILLISECONDS)) {
                    drop = true; // a writer that could not be killed, or a pipe that never had one
                    ended.await(1, TimeUnit.SECONDS);
                }
            } catch (InterruptedException e) {
                drop = true;
                Thread.currentThread().interrupt();
            }
        }
    }

    private final int wake = Posix.eventCounter();
    private final ConcurrentLinkedQueue<Source> arriving = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private volatile boolean closed;

    LogPump() {
        thread = Thread.ofPlatform().daemon().name("croft-logs").start(this::run);
    }

    Source add(Path fifo, LogFile file, LineWatch lines) throws IOException {
        int descriptor = Posix.openForReading(fifo);
        if (descriptor < 0) {
            throw new IOException("cannot open the log pipe");
        }
        Source source = new Source(descriptor, file, lines);
        arriving.add(source);
        Posix.count(wake);
        return source;
    }

    private void run() {
        List<Source> sources = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(1 << 16);
            MemorySegment polled = arena.allocate(POLLFD);
            while (!closed) {
                for (Source s = arriving.poll(); s != null; s = arriving.poll()) {
                    sources.add(s);
                }
                int count = sources.size() + 1; // the last is the counter that wakes this thread
                if (polled.byteSize() < (long) count * POLLFD) {
                    polled = arena.allocate(2L * count * POLLFD, 4);
                }
                for (int i = 0; i < count; i++) {
                    int descriptor = i < sources.size() ? sources.get(i).descriptor : wake;
                    polled.set(ValueLayout.JAVA_INT, (long) i * POLLFD, descriptor);
                    polled.set(ValueLayout.JAVA_INT, (long) i * POLLFD + 4, Posix.POLLIN);
                }
                int ready = Posix.poll(polled, count, WAKE_MILLIS);
                Posix.read(wake, buffer.asSlice(0, 8));
                List<Source> left = new ArrayList<>(sources.size());
                for (int i = 0; i < sources.size(); i++) {
                    Source source = sources.get(i);
                    boolean has = ready > 0 && polled.get(ValueLayout.JAVA_SHORT, (long) i * POLLFD + 6) != 0;
                    if (has && !pump(source, buffer) || source.drop) {
                        Posix.close(source.descriptor);
                        source.ended.countDown();
                    } else {
                        left.add(source);
                    }
                }
                sources = left;
            }
        } finally {
            sources.forEach(s -> Posix.close(s.descriptor));
            sources.forEach(s -> s.ended.countDown());
        }
    }

    /** Whether there may be more. */
    private static boolean pump(Source source, MemorySegment buffer) {
        long n = Posix.read(source.descriptor, buffer);
        if (n > 0) {
            ByteBuffer bytes = buffer.asSlice(0, n).asByteBuffer();
            source.lines.accept(bytes.duplicate());
            try {
                source.file.append(bytes);
            } catch (IOException e) {
                LOG.warn("a workload's log cannot be written: {}", e.toString());
            }
        }
        return n != 0;
    }

    @Override
    public void close() {
        closed = true;
        Posix.count(wake);
        try {
            thread.join(5_000);
            Posix.close(wake);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
