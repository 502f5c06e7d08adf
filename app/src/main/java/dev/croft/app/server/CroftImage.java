package dev.croft.app.server;

import dev.croft.runtime.Digest;
import dev.croft.runtime.Program;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.docker.DockerRuntime;
import dev.croft.runtime.docker.EngineImages;
import dev.croft.runtime.image.JavaImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The one image that containers are made of: a trimmed JDK with this installation's jars. Hosts of private clouds run its jars,
 * services given as files run on its JDK.
 *
 * @param program the image, by id
 * @param archive for {@code docker load}; none where the engine has the image already
 */
record CroftImage(Program.Image program, Optional<Path> archive) {
    /** Names the image that this process runs from, where it does. */
    static final String VARIABLE = "CROFT_IMAGE";

    private static final Pattern NAMED =
            Pattern.compile("(?:([a-z0-9][A-Za-z0-9._:/-]{0,200})@)?(sha256:[0-9a-f]{64})");

    static final String JAVA = "/opt/java/bin/java";
    static final String CLASS_PATH = JavaImage.CLASS_PATH;
    private static final List<String> LOOK = List.of(JAVA, "-version");

    /**
     * The one that was named, if one was; else the one this process runs from; else the one that is kept in the home folder, built if need be.
     *
     * @param named as {@code croft up --image} takes it
     * @throws WorkloadException.BadImage when the one that was named is not there, is another, or is of other jars than this program
     */
    static CroftImage of(Home home, Installation installation, Optional<String> named) throws IOException {
        if (named.isPresent()) {
            return new CroftImage(found(named.get(), installation), Optional.empty());
        }
        EngineImages engine = new EngineImages(DockerRuntime.usualSocket());
        String own = System.getenv(VARIABLE);
        if (own != null) {
            Digest id = engine.find(own).orElseThrow(() -> new IOException("the node's engine has no image " + own));
            return new CroftImage(new Program.Image(own, id, LOOK), Optional.empty());
        }
        KeptImages.Kept kept = new KeptImages(home, installation).of(PartImage.HOST);
        return new CroftImage(
                new Program.Image(PartImage.HOST.reference(), kept.id(), LOOK), Optional.of(kept.archive()));
    }

    private static Program.Image found(String named, Installation installation) throws IOException {
        Matcher words = NAMED.matcher(named);
        if (!words.matches()) {
            throw new WorkloadException.InvalidSpec("an image is named by its id, sha256:…, or as NAME@sha256:…");
        }
        String name = words.group(1);
        Digest digest = Digest.parse(words.group(2));
        EngineImages engine = new EngineImages(DockerRuntime.usualSocket());
        // What a registry gave is known by its manifest's digest, too, what an archive did by its id alone.
        Digest id = engine.find(digest.toString())
                .filter(digest::equals)
                .filter(same -> name == null || engine.find(name).equals(Optional.of(same)))
                .or(() -> name == null ? Optional.empty() : engine.find(name + "@" + digest))
                .orElseThrow(() -> new WorkloadException.BadImage(
                        "the engine has no image " + named + ": 'croft image load' brings one there"));
        String jars = engine.label(id, PartImage.JARS_LABEL);
        if (!jars.equals(installation.jarsDigest().toString())) {
            throw new WorkloadException.BadImage(
                    jars.isEmpty()
                            ? "no private cloud can run from the image " + named
                            : "the image " + named + " is of another build than this program");
        }
        return new Program.Image(name == null ? PartImage.HOST.reference() : name, id, LOOK);
    }
}
