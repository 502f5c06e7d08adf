package dev.croft.capsule;

import dev.croft.capsule.codec.Malformed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Names of the files in a capsule's directory, and its metadata. */
final class CapsuleDirectory {
    static final String METADATA = "metadata";
    static final String SEGMENTS = "segments";
    static final String TAIL = "tail";
    static final String LOCK = "lock";

    private CapsuleDirectory() {}

    /**
     * Reads a capsule's metadata.
     *
     * @throws CapsuleException.WrongDirectory when there is no capsule
     * @throws CapsuleException.Damaged when they are malformed
     */
    static CapsuleMetadata metadata(Path directory) {
        Path path = directory.resolve(METADATA);
        try {
            if (Files.size(path) > CapsuleMetadata.MOST_BYTES) {
                throw new Malformed("metadata too long");
            }
            return CapsuleMetadata.decode(Files.readAllBytes(path));
        } catch (NoSuchFileException e) {
            throw new CapsuleException.WrongDirectory(directory, "no capsule here");
        } catch (IOException e) {
            throw new CapsuleException.DiskFailed("reading metadata", e);
        } catch (Malformed e) {
            throw new CapsuleException.Damaged(Flaw.METADATA, new Position(METADATA, 0, 0), e.getMessage());
        }
    }
}
