package dev.croft.capsule;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps other writers out of a capsule's directory. A file lock stands against other processes; writers of this process are
 * counted apart, because closing any channel on a locked file would drop the process's lock.
 */
final class WriterLock implements AutoCloseable {
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path real;
    private final FileChannel channel;

    private WriterLock(Path real, FileChannel channel) {
        this.real = real;
        this.channel = channel;
    }

    static WriterLock take(Path directory, boolean create) {
        Path real;
        try {
            real = real(create ? Files.createDirectories(directory) : directory);
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed("locking a capsule", e);
        }
        if (!HELD.add(real)) {
            throw new CapsuleException.Busy(directory);
        }
        try {
            FileChannel channel = FileChannel.open(
                    real.resolve(CapsuleDirectory.LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            var lock = new WriterLock(real, channel);
            if (channel.tryLock() != null) {
                return lock;
            }
            lock.close();
        } catch (IOException e) {
            HELD.remove(real);
            throw new CapsuleException.DiskFailed("locking a capsule", e);
        }
        throw new CapsuleException.Busy(directory);
    }

    private static Path real(Path directory) throws IOException {
        try {
            Path real = directory.toRealPath();
            if (Files.isSameFile(real, directory)) {
                return real;
            }
        } catch (NoSuchFileException e) {
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
        // Below a directory that this process was handed as a descriptor: the kernel has no name for it here, or names
        // another.
        return directory.toAbsolutePath().normalize();
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing was written to it.
        } finally {
            HELD.remove(real);
        }
    }
}
