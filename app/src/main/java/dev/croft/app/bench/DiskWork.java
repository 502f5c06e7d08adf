package dev.croft.app.bench;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import jdk.jfr.consumer.RecordingStream;

/** Counts how often this process forces files below a directory to disk, as the JVM's flight recorder sees it, and by how much they grow. */
final class DiskWork implements AutoCloseable {
    /**
     * What went to disk.
     *
     * @param forces how often a file or directory was forced
     * @param bytes by how many the files grew
     */
    record Done(long forces, long bytes) {
        /** Does the same bare: as many forces of files that grow by as many bytes, from so many threads; seconds. */
        double again(Path directory, int threads) throws Exception {
            ByteBuffer each = ByteBuffer.allocateDirect((int) Math.max(1, bytes / Math.max(1, forces)));
            long start = System.nanoTime();
            try (var executor = Executors.newFixedThreadPool(threads)) {
                var parts = new ArrayList<Callable<Void>>();
                for (int i = 0; i < threads; i++) {
                    Path file = directory.resolve("forced-" + i);
                    long share = forces / threads + (i < forces % threads ? 1 : 0);
                    parts.add(() -> append(file, each.duplicate(), share));
                }
                for (var part : executor.invokeAll(parts)) {
                    part.get();
                }
            }
            return (System.nanoTime() - start) / 1e9;
        }

        @SuppressWarnings("NullAway") // Void has no other value
        private static Void append(Path file, ByteBuffer each, long times) throws IOException {
            try (var out = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                for (long i = 0; i < times; i++) {
                    each.clear();
                    while (each.hasRemaining()) {
                        out.write(each);
                    }
                    out.force(false);
                }
            }
            return null;
        }
    }

    private final RecordingStream recording = new RecordingStream();
    private final Path below;
    private final LongAdder forces = new LongAdder();
    // The recorder does not see writes at a position, so bytes are told from the sizes of files.
    private final long before;

    private DiskWork(Path below) throws IOException {
        this.below = below;
        this.before = size(below);
    }

    /** Counts from now on. */
    static DiskWork below(Path directory) throws IOException {
        DiskWork work = new DiskWork(directory);
        // As of JDK 25 such events may be rationed unless told otherwise.
        work.recording
                .enable("jdk.FileForce")
                .withoutThreshold()
                .withoutStackTrace()
                .with("throttle", "off");
        work.recording.onEvent("jdk.FileForce", event -> {
            String path = event.getString("path");
            if (path != null && path.startsWith(directory.toString())) {
                work.forces.increment();
            }
        });
        work.recording.startAsync();
        return work;
    }

    private static long size(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            return files.map(Path::toFile)
                    .filter(File::isFile)
                    .mapToLong(File::length)
                    .sum();
        }
    }

    /** Ends counting. */
    Done done() throws IOException {
        recording.stop();
        return new Done(forces.sum(), Math.max(0, size(below) - before));
    }

    @Override
    public void close() {
        recording.close();
    }
}
