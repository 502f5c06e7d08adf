package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleOptions;
import dev.croft.capsule.replication.Replica;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Takes damaged records out of a copy on disk, so that repair or the next refresh fetches them again. */
public final class Scrubbing {
    private Scrubbing() {}

    /**
     * Reads all of a copy; what is sound of it stays. Not for a writer's own directory: a writer that loses its newest records signs two histories.
     *
     * @return how many damaged places there were
     * @throws dev.croft.capsule.CapsuleException.Busy when a server or a follower has it open
     */
    public static int of(Path copy) throws IOException {
        CapsuleMetadata metadata = CapsuleMetadata.decode(Files.readAllBytes(copy.resolve("metadata")));
        try (var pieces = new DiskPieces(copy, metadata, CapsuleOptions.standard())) {
            return new Replica(metadata, pieces).scrub();
        }
    }
}
