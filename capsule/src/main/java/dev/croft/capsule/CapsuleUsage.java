package dev.croft.capsule;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a capsule's files take, as they stand; nothing is verified.
 *
 * @param epochs what the records of each epoch take
 * @param heartbeats bytes in heartbeats
 * @param headers bytes in segments' headers
 * @param keys bytes in key files
 * @param other bytes in the metadata, the tail cache and what a crash left behind the last frame
 */
public record CapsuleUsage(List<Epoch> epochs, long heartbeats, long headers, long keys, long other) {
    private static final int CHUNK = 256 << 10;

    /**
     * The records of one epoch.
     *
     * @param records how many
     * @param dropped how many of them lost their body to {@link CapsuleGarbage}
     * @param bodies bytes in sealed bodies
     * @param structure bytes around them
     * @param pointers how many hash pointers to checkpoints, summaries and other branches are among those
     * @param shredded whether the data key was destroyed, so that the bodies can be dropped
     */
    public record Epoch(
            int epoch, long records, long dropped, long bodies, long structure, long pointers, boolean shredded) {}

    public CapsuleUsage {
        epochs = List.copyOf(epochs);
    }

    /** Bytes in all. */
    public long total() {
        return heartbeats
                + headers
                + keys
                + other
                + epochs.stream()
                        .mapToLong(each -> each.bodies + each.structure)
                        .sum();
    }

    /** Looks through a capsule's files. */
    public static CapsuleUsage of(Path directory) {
        CapsuleMetadata metadata = CapsuleDirectory.metadata(directory);
        try (SegmentFiles files =
                new SegmentFiles(directory.resolve(CapsuleDirectory.SEGMENTS), Disk.system(), false)) {
            var count = new Count(new EpochKeys(directory, metadata, null));
            for (long segment : files.list()) {
                count.segment(files.file(segment), metadata.name());
            }
            long rest =
                    size(directory.resolve(CapsuleDirectory.METADATA)) + size(directory.resolve(CapsuleDirectory.TAIL));
            return new CapsuleUsage(
                    List.copyOf(count.epochs.values()),
                    count.heartbeats,
                    count.headers,
                    keys(directory.resolve("keys")),
                    count.torn + rest);
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed("looking through a capsule", e);
        }
    }

    private static long size(Path file) throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }

    private static long keys(Path folder) throws IOException {
        long bytes = 0;
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : (Iterable<Path>) files::iterator) {
                    bytes += Files.size(file);
                }
            }
        }
        return bytes;
    }

    private static final class Count {
        private final EpochKeys keys;
        private final TreeMap<Integer, Epoch> epochs = new TreeMap<>();
        private long heartbeats;
        private long headers;
        private long torn;

        Count(EpochKeys keys) {
            this.keys = keys;
        }

        void segment(Disk.File file, CapsuleName name) throws IOException {
            int header = SegmentHeader.read(file, name).length();
            headers += header;
            long limit = file.size();
            FrameCursor cursor = new FrameCursor(file, header, CHUNK);
            while (cursor.next(limit) == FrameCursor.Step.FRAME) {
                long bytes = cursor.nextOffset() - cursor.frameOffset();
                if (cursor.type() == Frames.HEARTBEAT) {
                    heartbeats += bytes;
                } else if (cursor.payloadLength() >= Frames.POINTERS) {
                    record(cursor, bytes);
                }
            }
            torn += limit - cursor.frameOffset();
        }

        private void record(FrameCursor cursor, long bytes) {
            int number = (int) FrameCursor.INT.get(cursor.buffer(), cursor.payload() + Frames.EPOCH);
            boolean dropped = cursor.type() == Frames.PRUNED;
            long body = dropped ? 0 : cursor.payloadLength() - cursor.bodyOffset();
            Epoch before = epochs.computeIfAbsent(
                    number,
                    epoch -> new Epoch(
                            epoch,
                            0,
                            0,
                            0,
                            0,
                            0,
                            keys.find(epoch).filter(KeyFile::isShredded).isPresent()));
            epochs.put(
                    number,
                    new Epoch(
                            number,
                            before.records + 1,
                            before.dropped + (dropped ? 1 : 0),
                            before.bodies + body,
                            before.structure + bytes - body,
                            before.pointers + cursor.pointers(),
                            before.shredded));
        }
    }
}
