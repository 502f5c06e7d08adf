package dev.croft.app.server;

import dev.croft.runtime.Digest;
import dev.croft.runtime.image.ImageArchive;
import dev.croft.vault.store.DurableFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The images of one installation in its home folder: each is built once from the same jars and the same JDK, and kept, so that what is
 * launched is what was asked about before. Safe for several processes.
 */
public final class KeptImages {
    /** In what is hashed for a name: another number where other code would build another image of the same jars. */
    private static final String FORM = "croft-image-v3";

    private final Path directory;
    private final Installation installation;

    public KeptImages(Home home, Installation installation) {
        directory = home.root().resolve("images");
        this.installation = installation;
    }

    /**
     * A kept image.
     *
     * @param id digest of its configuration
     * @param archive an OCI image layout as a tar, which {@code docker load} takes too
     */
    public record Kept(Digest id, Path archive) {}

    /** The image of this part, built now if it was not before. */
    public Kept of(PartImage part) throws IOException {
        Path place = Files.createDirectories(directory).resolve(part.word() + "-" + key());
        if (!Files.isDirectory(place)) {
            Path fresh = Files.createTempDirectory(directory, "new-");
            try {
                Path archive = fresh.resolve("image.tar");
                part.write(installation, archive);
                Files.writeString(
                        fresh.resolve("id"), ImageArchive.read(archive).id() + "\n");
                move(fresh, place);
            } finally {
                if (Files.exists(fresh)) {
                    DurableFile.deleteTree(fresh);
                }
            }
        }
        return new Kept(Digest.parse(Files.readString(place.resolve("id")).strip()), place.resolve("image.tar"));
    }

    /** Another process may have been faster: what it kept stays. */
    private static void move(Path fresh, Path place) throws IOException {
        try {
            Files.move(fresh, place, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (!Files.isDirectory(place)) {
                throw e;
            }
        }
    }

    private String key() throws IOException {
        String all = FORM + "\n" + System.getProperty("java.vendor.version") + "\n" + Runtime.version() + "\n"
                + installation.jarsDigest();
        return Digest.of(all.getBytes(StandardCharsets.UTF_8)).hex().substring(0, 16);
    }
}
