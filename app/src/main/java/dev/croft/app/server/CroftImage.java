package dev.croft.app.server;

import dev.croft.runtime.Digest;
import dev.croft.runtime.Program;
import dev.croft.runtime.docker.EngineImages;
import dev.croft.runtime.image.JavaImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The one image that containers are made of: a trimmed JDK with this installation's jars. Hosts of private clouds run its jars,
 * services given as files run on its JDK. Built once for each set of jars and kept in the home folder.
 *
 * @param program the image, by id
 * @param archive for {@code docker load}; none where this process itself runs from the image
 */
record CroftImage(Program.Image program, Optional<Path> archive) {
    /** Names the image that this process runs from, where it does. */
    static final String VARIABLE = "CROFT_IMAGE";

    static final String JAVA = "/opt/java/bin/java";
    static final String CLASS_PATH = "/app/lib/*";

    private static final String REFERENCE = "croft/croft";

    /** What the rooms use of the JDK. */
    static final List<String> MODULES = List.of(
            "java.base",
            "java.logging",
            "java.management",
            "java.naming",
            "java.net.http",
            "java.sql",
            "java.xml",
            "jdk.httpserver",
            "jdk.management",
            "jdk.net",
            "jdk.unsupported");

    /** Builds it, or takes the one that was built before from the same jars and the same JDK. */
    static CroftImage of(Home home, Installation installation) throws IOException {
        String own = System.getenv(VARIABLE);
        if (own != null) {
            Digest id = new EngineImages(Path.of("/var/run/docker.sock"))
                    .find(own)
                    .orElseThrow(() -> new IOException("the node's engine has no image " + own));
            return new CroftImage(new Program.Image(own, id, List.of(JAVA, "-version")), Optional.empty());
        }
        List<Path> jars = installation.classPath();
        requireJars(jars);
        Path images = Files.createDirectories(home.root().resolve("images"));
        String key = key(jars);
        Path archive = images.resolve("croft-" + key + ".tar");
        Path identity = images.resolve("croft-" + key + ".id");
        if (Files.exists(archive) && Files.exists(identity)) {
            Digest id = Digest.parse(Files.readString(identity).strip());
            return new CroftImage(new Program.Image(REFERENCE, id, List.of(JAVA, "-version")), Optional.of(archive));
        }
        Path fresh = Files.createTempFile(images, "new", ".tar");
        try {
            Program.Image built = write(REFERENCE, MODULES, jars, fresh);
            Files.move(fresh, archive, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            Files.writeString(identity, built.digest() + "\n");
            return new CroftImage(built, Optional.of(archive));
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    /** Writes the archive of an image of these jars. */
    static Program.Image write(String reference, List<String> modules, List<Path> jars, Path archive)
            throws IOException {
        requireJars(jars);
        return JavaImage.write(
                new JavaImage.Contents(reference, modules, jars, HostMain.class.getName(), List.of()), archive);
    }

    private static void requireJars(List<Path> jars) throws IOException {
        if (!jars.stream().allMatch(jar -> jar.toString().endsWith(".jar"))) {
            throw new IOException("images are made of jars: start Croft by its launcher");
        }
    }

    private static String key(List<Path> jars) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(Runtime.version().toString().getBytes(StandardCharsets.UTF_8));
            for (Path jar : jars.stream().sorted().toList()) {
                digest.update((jar.getFileName() + "\n").getBytes(StandardCharsets.UTF_8));
                digest.update(Digest.of(Files.readAllBytes(jar)).toString().getBytes(StandardCharsets.UTF_8));
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
