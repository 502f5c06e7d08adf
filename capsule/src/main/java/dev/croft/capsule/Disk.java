package dev.croft.capsule;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** The file system under a capsule's segments, so that tests can make it fail. Implementations are thread-safe. */
public interface Disk {
    /** Opens a segment file. */
    File open(Path path, StandardOpenOption... options) throws IOException;

    /** Makes the names in a directory durable. */
    void syncDirectory(Path directory) throws IOException;

    /** A segment file. Reads may run beside each other and beside one write. */
    interface File extends AutoCloseable {
        /** Reads up to what the buffer holds at this offset; -1 at the end. */
        int read(ByteBuffer into, long offset) throws IOException;

        /** Writes all of the buffer at this offset. */
        void write(ByteBuffer from, long offset) throws IOException;

        long size() throws IOException;

        void truncate(long size) throws IOException;

        /** Returns once everything written is durable. */
        void force() throws IOException;

        @Override
        void close() throws IOException;
    }

    /** The machine's own. */
    static Disk system() {
        return SystemDisk.INSTANCE;
    }

    /** {@link java.nio.channels.FileChannel}s. */
    enum SystemDisk implements Disk {
        INSTANCE;

        @Override
        public File open(Path path, StandardOpenOption... options) throws IOException {
            boolean writes = Arrays.asList(options).contains(StandardOpenOption.WRITE);
            return new SystemFile(path, FileChannel.open(path, options), writes);
        }

        @Override
        public void syncDirectory(Path directory) throws IOException {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
