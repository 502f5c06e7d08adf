package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.DurableFiles;
import dev.croft.capsule.codec.ByteReader;
import dev.croft.capsule.codec.ByteWriter;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Revocations;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.routing.Resolver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What owners revoked of capsules that a server's resolver may hear of, on disk, as the resolver forgets when it ends. Thread-safe. */
final class KeptRevocations {
    private static final int MOST_METADATA_BYTES = 1024;
    private static final int MOST_LIST_BYTES = 2 << 20;

    private final Path folder;

    KeptRevocations(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
    }

    /** Keeps an owner's list, which the resolver has accepted. */
    synchronized void keep(CapsuleMetadata metadata, Revocations list) throws IOException {
        Path file = folder.resolve(metadata.name().toString());
        if (Files.exists(file) && read(file).list.number() >= list.number()) {
            return;
        }
        DurableFiles.replace(
                file,
                new ByteWriter()
                        .framed(metadata.encoded())
                        .framed(list.encoded())
                        .toBytes());
    }

    private record Kept(CapsuleMetadata metadata, Revocations list) {}

    private static Kept read(Path file) throws IOException {
        ByteReader in = new ByteReader(Files.readAllBytes(file));
        CapsuleMetadata metadata = CapsuleMetadata.decode(in.framed(MOST_METADATA_BYTES));
        return new Kept(metadata, Revocations.decode(in.framed(MOST_LIST_BYTES)));
    }

    /** Tells a new resolver all that is kept. */
    void tell(Resolver resolver) throws IOException {
        List<Path> files;
        try (Stream<Path> found = Files.list(folder)) {
            files = found.filter(path -> path.getFileName().toString().matches("[0-9a-f]{64}"))
                    .toList();
        }
        for (Path file : files) {
            try {
                Kept kept = read(file);
                resolver.revoke(kept.metadata, kept.list);
            } catch (Malformed | Delegation.Refused | ReplicationException e) {
                throw new IOException(file + ": " + e.getMessage(), e);
            }
        }
    }
}
