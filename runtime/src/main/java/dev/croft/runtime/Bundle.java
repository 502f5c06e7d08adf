package dev.croft.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory of files that a workload runs, and its digest: SHA-256 over a canonical manifest,
 *
 * <pre>
 * croft-bundle-v1\n
 * MODE SIZE SHA256 PATH\n    for each regular file, in the order of the bytes of PATH
 * </pre>
 *
 * where MODE is {@code 755} if the owner may execute the file, else {@code 644}; SIZE is decimal; SHA256 is hex; PATH
 * is relative, separated by {@code /}, in UTF-8. Empty directories do not count. Links, devices, pipes and sockets are
 * refused, as are names with control characters, over {@value #MAX_FILES} files, and over 8 GiB.
 */
public final class Bundle {
    static final int MAX_FILES = 100_000;
    static final long MAX_BYTES = 8L << 30;
    /** The same for each copy: the JVM takes a cache only with jars as old as those that it was made of. */
    private static final FileTime COPIED = FileTime.from(Instant.parse("2000-01-01T00:00:00Z"));

    private Bundle() {}

    /**
     * The digest of what is in this directory now.
     *
     * @throws WorkloadException.BadBundle if it is no directory of plain files
     */
    public static Digest digest(Path directory) {
        return Digest.of(manifest(directory));
    }

    /** The canonical manifest itself, for those who want to see what a digest covers. */
    public static byte[] manifest(Path directory) {
        try {
            return walk(directory, null);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the bundle", e);
        }
    }

    /**
     * Copies the files to a directory that must not exist yet and returns the digest of the bytes written there, so
     * that a change of the source during or after the copy cannot matter. The copy has modes 555 and 444.
     */
    public static Digest copy(Path directory, Path target) {
        try {
            Files.createDirectory(target);
            return Digest.of(walk(directory, target));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot copy the bundle", e);
        }
    }

    /** Makes the files of a copy as old as those of any copy. */
    public static void age(Path copy) throws IOException {
        try (Stream<Path> files = Files.walk(copy)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (!Files.getLastModifiedTime(file).equals(COPIED)) {
                    Files.setLastModifiedTime(file, COPIED);
                }
            }
        }
    }

    private static byte[] walk(Path directory, @Nullable Path target) throws IOException {
        TreeMap<byte[], String> lines = new TreeMap<>(Arrays::compareUnsigned);
        long[] total = {0};
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            throw new WorkloadException.BadBundle("not a directory: " + Quote.of(directory.toString()));
        }
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                String path = name(directory.relativize(file));
                if (!attributes.isRegularFile()) {
                    throw new WorkloadException.BadBundle("neither a file nor a directory: " + Quote.of(path));
                }
                Path to = target == null ? null : target.resolve(path);
                if (to != null) {
                    Files.createDirectories(to.getParent());
                }
                long room = MAX_BYTES - total[0];
                Entry entry = read(file, to, room);
                total[0] += entry.size();
                lines.put(
                        path.getBytes(StandardCharsets.UTF_8),
                        (entry.executable() ? "755 " : "644 ") + entry.size() + " " + entry.sha256() + " " + path
                                + "\n");
                if (lines.size() > MAX_FILES) {
                    throw new WorkloadException.BadBundle("over " + MAX_FILES + " files");
                }
                return FileVisitResult.CONTINUE;
            }
        });
        StringBuilder manifest = new StringBuilder("croft-bundle-v1\n");
        lines.values().forEach(manifest::append);
        return manifest.toString().getBytes(StandardCharsets.UTF_8);
    }

    private record Entry(long size, String sha256, boolean executable) {}

    private static Entry read(Path file, @Nullable Path to, long room) throws IOException {
        MessageDigest hash = Digest.sha256();
        long size = 0;
        boolean executable;
        // NOFOLLOW: a link swapped in after the visit is refused by the open itself.
        try (InputStream in = new DigestInputStream(Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS), hash);
                OutputStream out = to == null
                        ? OutputStream.nullOutputStream()
                        : Files.newOutputStream(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            executable = Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS)
                    .contains(PosixFilePermission.OWNER_EXECUTE);
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                size += n;
                if (size > room) {
                    throw new WorkloadException.BadBundle("over " + MAX_BYTES + " bytes");
                }
                out.write(buffer, 0, n);
            }
        } catch (NoSuchFileException e) {
            throw new WorkloadException.BadBundle("changed while read: " + Quote.of(e.getFile()));
        }
        if (to != null) {
            Files.setLastModifiedTime(to, COPIED);
            Files.setPosixFilePermissions(to, PosixFilePermissions.fromString(executable ? "r-xr-xr-x" : "r--r--r--"));
        }
        return new Entry(size, HexFormat.of().formatHex(hash.digest()), executable);
    }

    private static String name(Path relative) {
        StringBuilder name = new StringBuilder();
        for (Path part : relative) {
            String text = part.toString();
            boolean bad = text.codePoints().anyMatch(c -> Character.isISOControl(c) || c == 0xFFFD);
            if (bad || text.equals(".") || text.equals("..")) {
                throw new WorkloadException.BadBundle(
                        "a name with control or undecodable characters: " + Quote.of(text));
            }
            name.append(name.isEmpty() ? "" : "/").append(text);
        }
        return name.toString();
    }
}
