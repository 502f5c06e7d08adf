package dev.croft.capsule.files;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystemAlreadyExistsException;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The capsules that were opened under their URIs. What {@code FileSystems.newFileSystem} is given:
 *
 * <ul>
 *   <li>{@code directory}: a {@link Path}, where a copy of the capsule is
 *   <li>{@code readerKey}: a {@link ReaderKey} of someone who may read it
 *   <li>{@code writerKey}: a {@link SigningKey}, its writer's; without it the file system is read only
 *   <li>{@code size}: a {@link Long}, or {@code time}: an {@link Instant}; shows that past state, read only
 * </ul>
 */
final class OpenCapsules {
    private final Map<String, CapsuleFileSystem> open = new HashMap<>();

    synchronized CapsuleFileSystem open(URI uri, Map<String, ?> env) throws IOException {
        CapsuleName name = name(uri);
        if (open.containsKey(name.toString())) {
            throw new FileSystemAlreadyExistsException(uri.toString());
        }
        Path directory = value(env, "directory", Path.class);
        ReaderKey readerKey = value(env, "readerKey", ReaderKey.class);
        SigningKey writerKey = value(env, "writerKey", SigningKey.class);
        if (directory == null || readerKey == null) {
            throw new IllegalArgumentException("a directory and a readerKey are needed");
        }
        CapsuleFileSystem system;
        try {
            system = writerKey == null
                    ? read(directory, readerKey, name, env)
                    : write(directory, writerKey, readerKey, name);
        } catch (CapsuleException e) {
            throw new IOException(uri + ": " + e.getMessage(), e);
        }
        open.put(name.toString(), system);
        return system;
    }

    private CapsuleFileSystem write(Path directory, SigningKey writerKey, ReaderKey readerKey, CapsuleName name) {
        CapsuleWriter writer = CapsuleWriter.open(directory, writerKey, readerKey);
        try {
            require(writer.name(), name);
            CapsuleFileSystem system = CapsuleFileSystem.of(writer);
            system.onClose(() -> closed(name, writer::close));
            return system;
        } catch (RuntimeException e) {
            writer.close();
            throw e;
        }
    }

    private CapsuleFileSystem read(Path directory, ReaderKey readerKey, CapsuleName name, Map<String, ?> env) {
        CapsuleReader reader = CapsuleReader.open(directory, readerKey);
        try {
            require(reader.name(), name);
            Long size = value(env, "size", Long.class);
            Instant time = value(env, "time", Instant.class);
            CapsuleFileSystem now = CapsuleFileSystem.of(reader);
            CapsuleFileSystem system = size != null ? now.at(size) : time != null ? now.at(time) : now;
            system.onClose(() -> closed(name, reader::close));
            return system;
        } catch (RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    private static void require(CapsuleName found, CapsuleName wanted) {
        if (!found.equals(wanted)) {
            throw new IllegalArgumentException("the directory holds the capsule " + found);
        }
    }

    private synchronized void closed(CapsuleName name, Runnable underneath) {
        open.remove(name.toString());
        underneath.run();
    }

    synchronized CapsuleFileSystem get(URI uri) {
        CapsuleFileSystem system = open.get(name(uri).toString());
        if (system == null) {
            throw new FileSystemNotFoundException(uri.toString());
        }
        return system;
    }

    private static CapsuleName name(URI uri) {
        if (!CapsuleFileSystemProvider.SCHEME.equalsIgnoreCase(uri.getScheme()) || uri.getAuthority() == null) {
            throw new IllegalArgumentException("a capsule's URI is capsule://NAME/path");
        }
        return CapsuleName.parse(uri.getAuthority());
    }

    static String path(URI uri) {
        String path = uri.getPath();
        return path == null || path.isEmpty() ? "/" : path;
    }

    private static <T> @Nullable T value(Map<String, ?> env, String key, Class<T> type) {
        Object value = env.get(key);
        if (value != null && !type.isInstance(value)) {
            throw new IllegalArgumentException(key + " is not a " + type.getSimpleName());
        }
        return type.cast(value);
    }
}
