package dev.croft.capsule.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/**
 * A file of a capsule, open. {@link #force}, and any write with {@code SYNC} or {@code DSYNC}, returns once everything written to
 * the file system so far is durable. Mapping into memory and locks are not supported. Thread-safe.
 */
final class CapsuleFileChannel extends FileChannel {
    private static final int BLOCK = 1 << 20;

    /** How a channel was opened. */
    record Mode(boolean read, boolean write, boolean append, boolean sync, boolean deleteOnClose) {}

    private final CapsuleFileSystem system;
    private final CapsulePath path;
    private final long id;
    private final Mode mode;
    private final @Nullable OpenFile open;
    private long position;

    CapsuleFileChannel(CapsuleFileSystem system, CapsulePath path, long id, Mode mode, @Nullable OpenFile open) {
        this.system = system;
        this.path = path;
        this.id = id;
        this.mode = mode;
        this.open = open;
    }

    private void requireOpen() throws ClosedChannelException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
    }

    private OpenFile writable() throws IOException {
        requireOpen();
        if (!mode.write || open == null) {
            throw new NonWritableChannelException();
        }
        return open;
    }

    private Node node() throws IOException {
        requireOpen();
        system.files().flush(id);
        Node node = system.tree().node(id);
        if (node == null) {
            throw new NoSuchFileException(path.toString(), null, "it was deleted");
        }
        return node;
    }

    @Override
    public synchronized int read(ByteBuffer into) throws IOException {
        int count = read(into, position);
        position += Math.max(0, count);
        return count;
    }

    @Override
    public int read(ByteBuffer into, long from) throws IOException {
        if (!mode.read) {
            throw new NonReadableChannelException();
        }
        if (from < 0) {
            throw new IllegalArgumentException("a negative position");
        }
        Node node = node();
        if (!into.hasRemaining()) {
            return 0;
        }
        if (from >= node.size()) {
            return -1;
        }
        int before = into.position();
        system.reading(path, () -> system.read(node, from, into));
        return into.position() - before;
    }

    @Override
    public synchronized long read(ByteBuffer[] into, int offset, int length) throws IOException {
        long total = 0;
        for (int i = offset; i < offset + length; i++) {
            int count = read(into[i]);
            if (count < 0) {
                return total == 0 ? -1 : total;
            }
            total += count;
        }
        return total;
    }

    @Override
    public synchronized int write(ByteBuffer from) throws IOException {
        int count = from.remaining();
        position = write(mode.append ? -1 : position, from, count) + count;
        return count;
    }

    @Override
    public int write(ByteBuffer from, long at) throws IOException {
        if (at < 0) {
            throw new IllegalArgumentException("a negative position");
        }
        int count = from.remaining();
        write(mode.append ? -1 : at, from, count);
        return count;
    }

    private long write(long at, ByteBuffer from, int count) throws IOException {
        OpenFile file = writable();
        if (count == 0) {
            return Math.max(at, 0);
        }
        long[] where = {at};
        system.writing(path, () -> where[0] = file.write(at, from));
        if (mode.sync) {
            force(false);
        }
        requireThere(file);
        return where[0];
    }

    private void requireThere(OpenFile file) throws IOException {
        if (file.gone()) {
            throw new NoSuchFileException(path.toString(), null, "it was deleted");
        }
    }

    @Override
    public synchronized long write(ByteBuffer[] from, int offset, int length) throws IOException {
        long total = 0;
        for (int i = offset; i < offset + length; i++) {
            total += write(from[i]);
        }
        return total;
    }

    @Override
    public synchronized long position() throws IOException {
        requireOpen();
        return mode.append ? size() : position;
    }

    @Override
    public synchronized FileChannel position(long at) throws IOException {
        requireOpen();
        if (at < 0) {
            throw new IllegalArgumentException("a negative position");
        }
        position = at;
        return this;
    }

    @Override
    public long size() throws IOException {
        return node().size();
    }

    @Override
    public synchronized FileChannel truncate(long size) throws IOException {
        OpenFile file = writable();
        if (size < 0) {
            throw new IllegalArgumentException("a negative size");
        }
        if (size < size()) {
            system.writing(path, () -> file.resize(size));
        }
        position = Math.min(position, size);
        return this;
    }

    @Override
    public void force(boolean metadata) throws IOException {
        requireOpen();
        if (open != null) {
            system.writing(path, () -> {
                open.flush();
                system.sync();
            });
        }
    }

    @Override
    public long transferTo(long from, long count, WritableByteChannel target) throws IOException {
        if (from < 0 || count < 0) {
            throw new IllegalArgumentException("a negative position or count");
        }
        long done = 0;
        while (done < count) {
            ByteBuffer block = ByteBuffer.allocate((int) Math.min(BLOCK, count - done));
            if (read(block, from + done) <= 0) {
                break;
            }
            int written = target.write(block.flip());
            done += written;
            if (block.hasRemaining()) {
                break;
            }
        }
        return done;
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long at, long count) throws IOException {
        writable();
        if (at < 0 || count < 0) {
            throw new IllegalArgumentException("a negative position or count");
        }
        long done = 0;
        while (at <= size() && done < count) {
            ByteBuffer block = ByteBuffer.allocate((int) Math.min(BLOCK, count - done));
            if (source.read(block) <= 0) {
                break;
            }
            done += write(block.flip(), at + done);
        }
        return done;
    }

    @Override
    public MappedByteBuffer map(MapMode how, long from, long size) {
        throw new UnsupportedOperationException("a file of a capsule cannot be mapped into memory");
    }

    @Override
    public FileLock lock(long from, long size, boolean shared) {
        throw new UnsupportedOperationException("a file of a capsule cannot be locked: the capsule has one writer");
    }

    @Override
    public FileLock tryLock(long from, long size, boolean shared) {
        return lock(from, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        if (open != null) {
            system.writing(path, () -> system.files().release(open));
            if (mode.deleteOnClose) {
                system.provider().deleteIfExists(path);
            }
        }
    }
}
