package dev.croft.router.fleet;

import dev.croft.router.RouterException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A state directory belongs to one process at a time: who holds this knows that whoever held it before has ended. */
public final class StateLock implements AutoCloseable {

    private final FileChannel channel;

    private StateLock(FileChannel channel) {
        this.channel = channel;
    }

    /** @throws RouterException.Broken when another process has it */
    public static StateLock take(Path stateDirectory) {
        try {
            FileChannel channel = FileChannel.open(
                    stateDirectory.resolve("router.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                FileLock lock = channel.tryLock();
                if (lock != null) {
                    return new StateLock(channel);
                }
            } catch (OverlappingFileLockException e) {
                // another of this process
            }
            channel.close();
        } catch (IOException e) {
            throw new RouterException.Broken("the state directory cannot be locked", e);
        }
        throw new RouterException.Broken("the state directory is in use by another router", null);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // the lock ends with the process
        }
    }
}
