package dev.croft.capsule;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.NavigableSet;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Gives back the room of what was shredded: in every record of a shredded epoch the sealed body, which nobody can open any more, is
 * replaced by its SHA-256. Every record hash, link, Merkle root and signature stays, so the capsule verifies as before and goes on.
 *
 * <p>Segments are replaced one by one, each by a file that is durable before it takes the old one's name, so a crash leaves every
 * segment old or new. Readers that are open keep seeing the old files; no writer may be.
 */
public final class CapsuleGarbage {
    private static final int CHUNK = 256 << 10;
    private static final String TEMPORARY = ".gc";

    private final CapsuleMetadata metadata;
    private final Path segments;
    private final SegmentFiles files;
    private final Set<Integer> shredded;

    /** What was, or would be, dropped: bodies, and by how many bytes the files become smaller. */
    public record Collected(long bodies, long bytes) {
        private Collected plus(Collected other) {
            return new Collected(bodies + other.bodies, bytes + other.bytes);
        }
    }

    private CapsuleGarbage(CapsuleMetadata metadata, Path segments, SegmentFiles files, Set<Integer> shredded) {
        this.metadata = metadata;
        this.segments = segments;
        this.files = files;
        this.shredded = shredded;
    }

    /**
     * Drops the bodies of shredded epochs.
     *
     * @param dryRun whether only to say what would be dropped
     * @throws CapsuleException.Busy when a writer holds the capsule
     */
    public static Collected collect(Path directory, boolean dryRun) {
        CapsuleMetadata metadata = CapsuleDirectory.metadata(directory);
        Path segments = directory.resolve(CapsuleDirectory.SEGMENTS);
        try (WriterLock _ = WriterLock.take(directory, false);
                SegmentFiles files = new SegmentFiles(segments, Disk.system(), true)) {
            LogScan scan = Recovery.open(directory, files, metadata);
            var garbage = new CapsuleGarbage(metadata, segments, files, shredded(directory, metadata, scan));
            if (dryRun) {
                return garbage.count();
            }
            Recovery.cut(scan, files);
            return garbage.collect(directory, scan);
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed("giving back room", e);
        }
    }

    private static Set<Integer> shredded(Path directory, CapsuleMetadata metadata, LogScan scan) {
        EpochKeys keys = new EpochKeys(directory, metadata, null);
        Heartbeat head = scan.good().last();
        Set<Integer> shredded = new HashSet<>();
        for (int epoch = 0; head != null && epoch <= head.epoch(); epoch++) {
            if (keys.find(epoch).filter(KeyFile::isShredded).isPresent()) {
                shredded.add(epoch);
            }
        }
        return shredded;
    }

    private Collected count() throws IOException {
        Collected sum = new Collected(0, 0);
        for (long segment : files.list()) {
            sum = sum.plus(count(segment));
        }
        return sum;
    }

    private Collected collect(Path directory, LogScan scan) throws IOException {
        NavigableSet<Long> old = files.list();
        removeLeftovers();
        if (count(old.last()).bodies > 0) {
            // Readers of another process follow the newest segment as a file: it must not be exchanged under them.
            SegmentLog next = new SegmentLog(directory, metadata.name(), files, 0);
            next.resume(scan);
            next.prepare(scan.good());
        }
        Files.deleteIfExists(directory.resolve(CapsuleDirectory.TAIL));
        Collected sum = new Collected(0, 0);
        for (long segment : old) {
            Collected here = count(segment);
            if (here.bodies > 0) {
                rewrite(segment);
                sum = sum.plus(here);
            }
        }
        return sum;
    }

    private void removeLeftovers() throws IOException {
        try (Stream<Path> paths = Files.list(segments)) {
            for (Path path : (Iterable<Path>) paths::iterator) {
                if (path.getFileName().toString().endsWith(TEMPORARY)) {
                    Files.delete(path);
                }
            }
        }
    }

    private FrameCursor frames(long segment) throws IOException {
        Disk.File file = files.file(segment);
        return new FrameCursor(file, SegmentHeader.read(file, metadata.name()).length(), CHUNK);
    }

    private boolean isGarbage(FrameCursor cursor) {
        return cursor.type() == Frames.RECORD
                && cursor.payloadLength() > Frames.POINTERS
                && shredded.contains((int) FrameCursor.INT.get(cursor.buffer(), cursor.payload() + Frames.EPOCH));
    }

    private Collected count(long segment) throws IOException {
        long bodies = 0;
        long bytes = 0;
        long limit = files.file(segment).size();
        FrameCursor cursor = frames(segment);
        while (cursor.next(limit) == FrameCursor.Step.FRAME) {
            if (isGarbage(cursor)) {
                bodies++;
                bytes += cursor.payloadLength() - cursor.bodyOffset() - Hash.LENGTH;
            }
        }
        return new Collected(bodies, bytes);
    }

    private void rewrite(long segment) throws IOException {
        Path path = segments.resolve(SegmentFiles.fileName(segment));
        Path fresh = segments.resolve(SegmentFiles.fileName(segment) + TEMPORARY);
        long limit = files.file(segment).size();
        FrameCursor cursor = frames(segment);
        try (FileChannel out = FileChannel.open(fresh, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            write(
                    out,
                    ByteBuffer.wrap(SegmentHeader.read(files.file(segment), metadata.name())
                            .encoded()));
            while (cursor.next(limit) == FrameCursor.Step.FRAME) {
                write(out, isGarbage(cursor) ? withoutBody(cursor) : whole(cursor));
            }
            if (cursor.nextOffset() != limit) {
                throw new IOException("the segment does not end with a whole frame");
            }
            out.force(true);
        }
        Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
        files.syncDirectory();
    }

    private static ByteBuffer whole(FrameCursor cursor) {
        int start = cursor.payload() - Frames.LENGTH_BYTES - 1;
        return ByteBuffer.wrap(cursor.buffer(), start, Frames.LENGTH_BYTES + 1 + cursor.payloadLength());
    }

    private static ByteBuffer withoutBody(FrameCursor cursor) {
        int fields = cursor.bodyOffset();
        var sha = Hash.digest();
        sha.update(cursor.buffer(), cursor.payload() + fields, cursor.payloadLength() - fields);
        return ByteBuffer.allocate(Frames.LENGTH_BYTES + 1 + fields + Hash.LENGTH)
                .putInt(1 + fields + Hash.LENGTH)
                .put(Frames.PRUNED)
                .put(cursor.buffer(), cursor.payload(), fields)
                .put(sha.digest())
                .flip();
    }

    private static void write(FileChannel out, ByteBuffer from) throws IOException {
        while (from.hasRemaining()) {
            out.write(from);
        }
    }
}
