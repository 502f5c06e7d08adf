package dev.croft.vault.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Small private files that are either as they were or as they should be, whenever the power goes. */
public final class DurableFile {
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_DIRECTORY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private DurableFile() {}

    /** Replaces the content of {@code file}; durable when it returns. */
    public static void write(Path file, byte[] content) throws IOException {
        Path parent = Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file lies in a directory");
        Path temporary = Files.createTempFile(parent, ".new-", null, PRIVATE_FILE);
        try {
            try (var out = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                var bytes = ByteBuffer.wrap(content);
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                out.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            syncDirectory(parent);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** The content of {@code file}, if it is there and has at most {@code mostBytes}. */
    public static Optional<byte[]> read(Path file, int mostBytes) throws IOException {
        try (var in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(mostBytes + 1);
            if (content.length > mostBytes) {
                throw new IOException(file + " is larger than it can be");
            }
            return Optional.of(content);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Makes a directory, and those above it, that only this user may enter. */
    public static Path directory(Path directory) throws IOException {
        return Files.createDirectories(directory, PRIVATE_DIRECTORY);
    }

    /** Makes what happened to the names in {@code directory} durable. */
    public static void syncDirectory(Path directory) throws IOException {
        try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Deletes all in a directory; symbolic links are not followed. */
    public static void deleteContents(Path directory) throws IOException {
        try (var paths = Files.list(directory)) {
            for (Path path : paths.toList()) {
                deleteTree(path);
            }
        }
    }

    /** Deletes a directory and all in it; symbolic links are not followed. */
    public static void deleteTree(Path directory) throws IOException {
        try (var paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException e) {
            return;
        }
    }
}
