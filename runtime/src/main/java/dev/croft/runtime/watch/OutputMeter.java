package dev.croft.runtime.watch;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;

/** Measures a directory that a workload writes to, whatever it does to hide: links, depth, many files. */
final class OutputMeter {
    private static final int DEEPEST = 32;
    private static final long SMALLEST = 4_096;

    private OutputMeter() {}

    /** Whether what is there is more than the bound; each file counts 4 KiB at least, so that many empty ones count. */
    static boolean exceeds(Path directory, long bound) {
        long[] total = {0};
        try {
            Files.walkFileTree(directory, Set.of(), DEEPEST, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    // At the deepest level directories come here too.
                    long size = attributes.isDirectory() ? bound + 1 : Math.max(SMALLEST, attributes.size());
                    return add(size);
                }

                @Override
                public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
                    return dir.equals(directory) ? FileVisitResult.CONTINUE : add(SMALLEST);
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) {
                    return e instanceof NoSuchFileException ? FileVisitResult.CONTINUE : add(bound + 1);
                }

                private FileVisitResult add(long size) {
                    total[0] += size;
                    return total[0] > bound ? FileVisitResult.TERMINATE : FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            return false; // vanished under the walk; the next measure tells
        }
        return total[0] > bound;
    }
}
