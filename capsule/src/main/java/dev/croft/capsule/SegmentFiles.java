package dev.croft.capsule;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The segment files of one log, named by the sequence of their first record. Thread-safe. */
final class SegmentFiles implements AutoCloseable {
    private static final Pattern NAME = Pattern.compile("(\\d{20})\\.seg");

    private final Path directory;
    private final Disk disk;
    private final boolean writable;
    private final Map<Long, Disk.File> open = new ConcurrentHashMap<>();
    private boolean closed;

    SegmentFiles(Path directory, Disk disk, boolean writable) {
        this.directory = directory;
        this.disk = disk;
        this.writable = writable;
    }

    static String fileName(long first) {
        return "%020d.seg".formatted(first);
    }

    /** A segment's path as reports name it. */
    String label(long first) {
        return directory.getFileName() + "/" + fileName(first);
    }

    /** First sequences of all segments there are. */
    NavigableSet<Long> list() throws IOException {
        NavigableSet<Long> found = new TreeSet<>();
        try (Stream<Path> paths = Files.list(directory)) {
            paths.forEach(path -> {
                Matcher matcher = NAME.matcher(path.getFileName().toString());
                if (matcher.matches() && matcher.group(1).compareTo("09223372036854775807") <= 0) {
                    found.add(Long.parseLong(matcher.group(1)));
                }
            });
        } catch (NoSuchFileException none) {
            return found;
        }
        return found;
    }

    boolean exists(long first) {
        return Files.exists(directory.resolve(fileName(first)));
    }

    Disk.File file(long first) throws IOException {
        Disk.File file = open.get(first);
        if (file != null) {
            return file;
        }
        synchronized (this) {
            if (closed) {
                throw new CapsuleException.Closed();
            }
            file = open.get(first);
            if (file == null) {
                Path path = directory.resolve(fileName(first));
                file = writable
                        ? disk.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)
                        : disk.open(path, StandardOpenOption.READ);
                open.put(first, file);
            }
            return file;
        }
    }

    /** Makes a new segment file, replacing what a crash may have left under its name. */
    synchronized Disk.File create(long first) throws IOException {
        if (closed) {
            throw new CapsuleException.Closed();
        }
        Files.createDirectories(directory);
        Disk.File file = disk.open(
                directory.resolve(fileName(first)),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING);
        Disk.File before = open.put(first, file);
        if (before != null) {
            before.close();
        }
        return file;
    }

    synchronized void delete(long first) throws IOException {
        Disk.File file = open.remove(first);
        if (file != null) {
            file.close();
        }
        Files.deleteIfExists(directory.resolve(fileName(first)));
    }

    void syncDirectory() throws IOException {
        disk.syncDirectory(directory);
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        for (Disk.File file : open.values()) {
            file.close();
        }
        open.clear();
    }
}
