package dev.croft.capsule;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Small files that are replaced whole. */
public final class DurableFiles {
    private DurableFiles() {}

    /** Replaces a file so that after a crash it has either the old bytes or the new, and the new once this returned. */
    public static void replace(Path path, byte[] bytes) throws IOException {
        Path directory = parent(path);
        Path temporary = Files.createTempFile(directory, path.getFileName() + ".", ".tmp");
        try {
            try (FileChannel out = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                ByteBuffer from = ByteBuffer.wrap(bytes);
                while (from.hasRemaining()) {
                    out.write(from);
                }
                out.force(true);
            }
            Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            Disk.system().syncDirectory(directory);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static Path parent(Path path) {
        Path parent = path.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException("a file has a folder");
        }
        return parent;
    }
}
