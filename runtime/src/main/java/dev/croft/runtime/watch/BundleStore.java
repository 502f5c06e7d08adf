package dev.croft.runtime.watch;

import dev.croft.runtime.Bundle;
import dev.croft.runtime.Digest;
import dev.croft.runtime.Program;
import dev.croft.runtime.WorkloadException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The private copies of bundles that really run, by digest. A bundle is hashed as it lies in the store, after it was
 * copied; its source is read again only when a file of it has another size, inode or change time than at the last look.
 */
public final class BundleStore {
    private static final Duration KEPT_UNUSED = Duration.ofDays(7);

    private final Path directory;
    /** What a source directory looked like when it was last found to have a digest. */
    private final Map<Path, Look> looks = new ConcurrentHashMap<>();

    private final Map<Digest, Path> verified = new ConcurrentHashMap<>();

    private record Look(Digest digest, Digest signature) {}

    BundleStore(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
        try (Stream<Path> entries = Files.list(directory)) {
            entries.filter(p -> p.getFileName().toString().startsWith("new-")).forEach(BundleStore::delete);
        }
    }

    /** Where the program's verified files lie. */
    Path fetch(Program.Files program) {
        Digest digest = program.digest();
        Look now = new Look(digest, signature(program.directory()));
        Path stored = verified.get(digest);
        if (stored != null && now.equals(looks.get(program.directory()))) {
            return used(stored);
        }
        Path copy = directory.resolve("new-" + UUID.randomUUID());
        try {
            Digest actual = Bundle.copy(program.directory(), copy);
            if (!actual.equals(digest)) {
                throw new WorkloadException.DigestMismatch(digest, actual);
            }
            stored = verified.computeIfAbsent(digest, d -> keep(d, copy));
        } finally {
            delete(copy);
        }
        looks.put(program.directory(), now);
        return used(stored);
    }

    private Path keep(Digest digest, Path copy) {
        Path place = directory.resolve(digest.hex());
        try {
            if (Files.exists(place)) {
                if (Bundle.digest(place).equals(digest)) {
                    Bundle.age(place); // one that an earlier build copied
                    return place;
                }
                // Damaged since an earlier run; whatever still runs from it keeps its mount.
                Files.move(place, directory.resolve("new-" + UUID.randomUUID()));
            }
            return Files.move(copy, place, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot keep a bundle", e);
        }
    }

    private static Path used(Path stored) {
        try {
            Files.setLastModifiedTime(stored, FileTime.from(Instant.now()));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot mark a bundle as used", e);
        }
        return stored;
    }

    /** Deletes what has not been launched for a week and is not in use. */
    void sweep(Predicate<Digest> inUse) {
        try (Stream<Path> entries = Files.list(directory)) {
            for (Path entry : entries.toList()) {
                String name = entry.getFileName().toString();
                Instant unusedSince = Files.getLastModifiedTime(entry).toInstant();
                if (unusedSince.plus(KEPT_UNUSED).isBefore(Instant.now())
                        && !(name.length() == 64 && inUse.test(new Digest(name)))) {
                    verified.values().remove(entry);
                    delete(entry);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot sweep the bundles", e);
        }
    }

    private static Digest signature(Path source) {
        TreeMap<String, String> lines = new TreeMap<>();
        try {
            Files.walkFileTree(source, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Map<String, Object> unix =
                            Files.readAttributes(file, "unix:ino,size,mode,ctime", LinkOption.NOFOLLOW_LINKS);
                    lines.put(source.relativize(file).toString(), new TreeMap<>(unix).toString());
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new WorkloadException.BadBundle("cannot be read: " + e.getMessage());
        }
        return Digest.of(lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Deletes a tree, if it is there; links are not followed. */
    public static void delete(Path tree) {
        if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            Files.walkFileTree(tree, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException e) throws IOException {
                    Files.deleteIfExists(dir);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + tree.getFileName(), e);
        }
    }
}
