package dev.croft.capsule;

import java.nio.ByteBuffer;

/** Frames in memory, read as a file is. */
record MemoryFile(byte[] bytes) implements Disk.File {
    @Override
    public int read(ByteBuffer into, long offset) {
        int count = (int) Math.min(into.remaining(), bytes.length - offset);
        if (count <= 0) {
            return -1;
        }
        into.put(bytes, (int) offset, count);
        return count;
    }

    @Override
    public void write(ByteBuffer from, long offset) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long size() {
        return bytes.length;
    }

    @Override
    public void truncate(long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void force() {}

    @Override
    public void close() {}
}
