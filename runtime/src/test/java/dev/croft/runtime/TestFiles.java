package dev.croft.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Files that tests make. */
public final class TestFiles {
    private TestFiles() {}

    /** A bundle of one script, run by bash. */
    public static Program script(Path directory, String text) throws IOException {
        Files.createDirectories(directory);
        Path file = Files.writeString(directory.resolve("run.sh"), text + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return new Program.Files(directory, Bundle.digest(directory), List.of("/bin/bash", "/app/run.sh"));
    }

    public static void delete(Path tree) throws IOException {
        if (tree == null || !Files.exists(tree)) {
            return;
        }
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
