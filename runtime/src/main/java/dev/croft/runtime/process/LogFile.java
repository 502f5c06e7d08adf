package dev.croft.runtime.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * The last bytes that a workload printed, in two files of half the bound each: when {@code log.0} is full it becomes
 * {@code log.1}, and the old {@code log.1} goes. Readers follow by position and skip what was dropped meanwhile.
 */
final class LogFile {
    private final Path current;
    private final Path previous;
    private final long half;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long previousSize;
    private long currentSize;
    private long dropped;
    private boolean complete;

    LogFile(Path directory, long bound) throws IOException {
        current = directory.resolve("log.0");
        previous = directory.resolve("log.1");
        half = bound / 2;
        previousSize = Files.exists(previous) ? Files.size(previous) : 0;
        currentSize = Files.exists(current) ? Files.size(current) : 0;
    }

    void append(ByteBuffer bytes) throws IOException {
        lock.lock();
        try {
            while (bytes.hasRemaining()) {
                if (currentSize >= half) {
                    Files.move(current, previous, StandardCopyOption.REPLACE_EXISTING);
                    dropped += previousSize;
                    previousSize = currentSize;
                    currentSize = 0;
                }
                ByteBuffer part = bytes.slice(bytes.position(), (int) Math.min(bytes.remaining(), half - currentSize));
                try (FileChannel file =
                        FileChannel.open(current, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
                    int size = part.remaining();
                    while (part.hasRemaining()) {
                        file.write(part);
                    }
                    bytes.position(bytes.position() + size);
                    currentSize += size;
                }
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** No more will come: readers that follow see the end. */
    void complete() {
        lock.lock();
        try {
            complete = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Opens a reader at the oldest byte kept; {@code closed} ends followers early. */
    InputStream reader(boolean follow, BooleanSupplier closed) {
        return new Reader(follow, closed);
    }

    private final class Reader extends InputStream {
        private final boolean follow;
        private final BooleanSupplier closed;
        private long position;
        private volatile boolean done;

        Reader(boolean follow, BooleanSupplier closed) {
            this.follow = follow;
            this.closed = closed;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            lock.lock();
            try {
                position = Math.max(position, dropped);
                while (position >= dropped + previousSize + currentSize) {
                    if (!follow || complete || done || closed.getAsBoolean()) {
                        return -1;
                    }
                    changed.awaitNanos(200_000_000);
                    position = Math.max(position, dropped);
                }
                boolean old = position < dropped + previousSize;
                long at = position - dropped - (old ? 0 : previousSize);
                long left = (old ? previousSize : currentSize) - at;
                try (FileChannel file = FileChannel.open(old ? previous : current, StandardOpenOption.READ)) {
                    int n = file.read(ByteBuffer.wrap(into, offset, (int) Math.min(length, left)), at);
                    position += Math.max(0, n);
                    return n;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while following a log");
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            done = true;
        }
    }
}
