package dev.croft.capsule.files;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A file that some channel writes to: gathers what is written one after the other, so that it can be cut into chunks where its
 * content says. All channels of the file share it, so each sees what the others wrote. Thread-safe.
 */
final class OpenFile {
    private static final int FIRST_BYTES = 8 << 10;
    private static final int MOST_BYTES = 4 * Chunker.MOST;

    private final FileTreeWriter writer;
    private final FileTree tree;
    private final long id;
    private final ReentrantLock lock = new ReentrantLock();
    private byte[] buffer = new byte[0];
    private long start;
    private int length;
    private boolean gone;
    int channels;

    OpenFile(FileTreeWriter writer, FileTree tree, long id) {
        this.writer = writer;
        this.tree = tree;
        this.id = id;
    }

    long id() {
        return id;
    }

    /** Takes bytes over for this position, or for the end when it is negative; returns where they went. */
    long write(long position, ByteBuffer from) {
        lock.lock();
        try {
            long at = position < 0 ? size() : position;
            if (length > 0 && at != start + length) {
                flush();
            }
            if (length == 0) {
                start = at;
            }
            while (from.hasRemaining()) {
                int count = Math.min(from.remaining(), MOST_BYTES - length);
                reserve(length + count);
                from.get(buffer, length, count);
                length += count;
                if (length == MOST_BYTES) {
                    flush(false);
                }
            }
            return at;
        } finally {
            lock.unlock();
        }
    }

    private void reserve(int bytes) {
        if (buffer.length < bytes) {
            buffer = Arrays.copyOf(
                    buffer, Math.min(MOST_BYTES, Math.max(bytes, Math.max(FIRST_BYTES, 2 * buffer.length))));
        }
    }

    long size() {
        lock.lock();
        try {
            Node node = tree.node(id);
            long stored = node == null ? 0 : node.size();
            return length == 0 ? stored : Math.max(stored, start + length);
        } finally {
            lock.unlock();
        }
    }

    void resize(long size) {
        lock.lock();
        try {
            flush();
            gone |= !writer.exclusively(() -> writer.resize(id, size));
        } finally {
            lock.unlock();
        }
    }

    /** Whether the file was deleted, so that what is written goes nowhere. */
    boolean gone() {
        return gone;
    }

    /** Hands over everything gathered. */
    void flush() {
        flush(true);
    }

    /** Without {@code all} the last chunk stays: what is written next may belong to it. */
    private void flush(boolean all) {
        lock.lock();
        try {
            int from = 0;
            while (from < length) {
                int count = Chunker.cut(buffer, from, length);
                if (!all && from > 0 && from + count == length) {
                    break;
                }
                byte[] chunk = Arrays.copyOfRange(buffer, from, from + count);
                long offset = start + from;
                gone |= !writer.exclusively(() -> writer.write(id, offset, chunk));
                from += count;
            }
            System.arraycopy(buffer, from, buffer, 0, length - from);
            start += from;
            length -= from;
        } finally {
            lock.unlock();
        }
    }
}
