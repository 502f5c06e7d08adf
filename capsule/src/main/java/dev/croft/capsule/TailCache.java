package dev.croft.capsule;

import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Where a recent heartbeat stands, with its Merkle frontier, so that a large capsule opens without being read. A cache that
 * is not believed: the heartbeat must stand in the segment at that place, be the writer's, and vouch for the frontier.
 */
record TailCache(long segment, long offset, Heartbeat heartbeat, List<Hash> frontier) {
    private static final String TAG = "croft/tail/v1";
    private static final int MOST_BYTES = 4096;

    /** Writes the cache; a crash may leave an older one or none. */
    void save(Path capsule) throws IOException {
        ByteWriter out = new ByteWriter()
                .tag(TAG)
                .u64(segment)
                .u64(offset)
                .bytes(heartbeat.encoded())
                .u8(frontier.size());
        frontier.forEach(hash -> out.bytes(hash.bytes()));
        Path temporary = capsule.resolve(CapsuleDirectory.TAIL + ".tmp");
        Files.write(temporary, out.toBytes());
        Files.move(
                temporary,
                capsule.resolve(CapsuleDirectory.TAIL),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    /** A scan from the cached heartbeat, unless the cache is missing, stale or wrong in any way. */
    static Optional<LogScan> resume(Path capsule, SegmentFiles files, CapsuleMetadata metadata) throws IOException {
        try {
            Path path = capsule.resolve(CapsuleDirectory.TAIL);
            if (Files.size(path) > MOST_BYTES) {
                return Optional.empty();
            }
            ByteReader in = new ByteReader(Files.readAllBytes(path)).expectTag(TAG);
            long segment = in.u63();
            long offset = in.u63();
            Heartbeat heartbeat = Heartbeat.decode(metadata.name(), in);
            List<Hash> hashes = new ArrayList<>();
            int count = in.u8();
            for (int i = 0; i < count; i++) {
                hashes.add(Hash.of(in.bytes(Hash.LENGTH)));
            }
            in.expectEnd();
            MerkleFrontier frontier = MerkleFrontier.of(heartbeat.size(), hashes);
            if (!files.exists(segment)
                    || !standsAt(files.file(segment), offset, heartbeat)
                    || !heartbeat.verify(metadata.writerKey())
                    || !frontier.root().equals(heartbeat.root())) {
                return Optional.empty();
            }
            Chain chain = new Chain(metadata);
            chain.resume(heartbeat, frontier);
            return Optional.of(LogScan.from(files, metadata, chain, segment, offset));
        } catch (Malformed | NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static boolean standsAt(Disk.File file, long end, Heartbeat heartbeat) throws IOException {
        if (end < Heartbeat.LENGTH || end > file.size()) {
            return false;
        }
        byte[] there = new byte[Heartbeat.LENGTH];
        ByteBuffer into = ByteBuffer.wrap(there);
        while (into.hasRemaining()) {
            if (file.read(into, end - Heartbeat.LENGTH + into.position()) < 0) {
                return false;
            }
        }
        return Arrays.equals(there, heartbeat.encoded());
    }
}
