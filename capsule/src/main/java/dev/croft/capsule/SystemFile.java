package dev.croft.capsule;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A {@link FileChannel} that survives interrupts: the JDK closes a channel under a thread that is interrupted, which would
 * take it from all other threads too, so it is opened again and the operation repeated.
 */
final class SystemFile implements Disk.File {
    private final Path path;
    private final boolean writes;
    private volatile FileChannel channel;
    private volatile boolean closed;

    SystemFile(Path path, FileChannel channel, boolean writes) {
        this.path = path;
        this.channel = channel;
        this.writes = writes;
    }

    @FunctionalInterface
    private interface Operation<T> {
        T on(FileChannel channel) throws IOException;
    }

    private <T> T retrying(Operation<T> operation) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                FileChannel current = channel;
                try {
                    return operation.on(current);
                } catch (ClosedChannelException e) {
                    interrupted |= Thread.interrupted();
                    reopen(current, e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private synchronized void reopen(FileChannel dead, ClosedChannelException cause) throws IOException {
        if (closed) {
            throw cause;
        }
        if (channel == dead) {
            channel = writes
                    ? FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)
                    : FileChannel.open(path, StandardOpenOption.READ);
        }
    }

    @Override
    public int read(ByteBuffer into, long offset) throws IOException {
        return retrying(file -> file.read(into, offset));
    }

    @Override
    public void write(ByteBuffer from, long offset) throws IOException {
        int start = from.position();
        retrying(file -> {
            from.position(start);
            long at = offset;
            while (from.hasRemaining()) {
                at += file.write(from, at);
            }
            return at;
        });
    }

    @Override
    public long size() throws IOException {
        return retrying(FileChannel::size);
    }

    @Override
    public void truncate(long size) throws IOException {
        retrying(file -> file.truncate(size));
    }

    @Override
    public void force() throws IOException {
        retrying(file -> {
            file.force(false);
            return file;
        });
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        channel.close();
    }
}
