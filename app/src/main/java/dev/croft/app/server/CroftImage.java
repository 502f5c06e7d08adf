package dev.croft.app.server;

import dev.croft.runtime.Digest;
import dev.croft.runtime.Program;
import dev.croft.runtime.docker.EngineImages;
import dev.croft.runtime.image.JavaImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The one image that containers are made of: a trimmed JDK with this installation's jars. Hosts of private clouds run its jars,
 * services given as files run on its JDK.
 *
 * @param program the image, by id
 * @param archive for {@code docker load}; none where this process itself runs from the image
 */
record CroftImage(Program.Image program, Optional<Path> archive) {
    /** Names the image that this process runs from, where it does. */
    static final String VARIABLE = "CROFT_IMAGE";

    static final String JAVA = "/opt/java/bin/java";
    static final String CLASS_PATH = JavaImage.CLASS_PATH;

    /** The one this process runs from, else the one that is kept in the home folder, built if need be. */
    static CroftImage of(Home home, Installation installation) throws IOException {
        String own = System.getenv(VARIABLE);
        if (own != null) {
            Digest id = new EngineImages(Path.of("/var/run/docker.sock"))
                    .find(own)
                    .orElseThrow(() -> new IOException("the node's engine has no image " + own));
            return new CroftImage(new Program.Image(own, id, List.of(JAVA, "-version")), Optional.empty());
        }
        KeptImages.Kept kept = new KeptImages(home, installation).of(PartImage.HOST);
        return new CroftImage(
                new Program.Image(PartImage.HOST.reference(), kept.id(), List.of(JAVA, "-version")),
                Optional.of(kept.archive()));
    }
}
