package dev.croft.app.server;

import ch.qos.logback.classic.Level;
import dev.croft.app.Logging;
import dev.croft.runtime.Digest;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The code that runs: this process's own Java and class path, of which the other processes are made.
 *
 * @param javaCommand the {@code java} of the running JDK
 * @param classPath jars and directories of classes, absolute
 */
public record Installation(Path javaCommand, List<Path> classPath) {
    private static final String MOBILITY = "dev.croft.mobility.";
    /** Told to the processes of this installation, so that not each reads all the code again while someone waits for it. */
    private static final String DIGEST_PROPERTY = "croft.mobility.digest";

    private static final Map<List<Path>, String> DIGESTS = new ConcurrentHashMap<>();

    /** The installation that this process belongs to. */
    public static Installation ofThisProcess() {
        List<Path> classPath = Arrays.stream(
                        System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.isEmpty())
                .map(entry -> Path.of(entry).toAbsolutePath().normalize())
                .filter(Files::exists)
                .toList();
        return new Installation(Path.of(System.getProperty("java.home"), "bin", "java"), classPath);
    }

    /** The class path as an argument. */
    public String classPathArgument() {
        return String.join(
                File.pathSeparator, classPath.stream().map(Path::toString).toList());
    }

    /**
     * The command and options of the JVM that hosts private clouds; class path, main class and arguments follow.
     *
     * @param own whether it hosts one private cloud only
     */
    public List<String> hostJvm(boolean own) {
        List<String> command = new ArrayList<>(hostJvm(javaCommand.toString(), own));
        if (Logging.isJson()) {
            command.add("-D" + Logging.FORMAT + "=json");
        }
        if (Logging.level() != Level.WARN) {
            command.add("-D" + Logging.LEVEL + "=" + Logging.level());
        }
        command.add(digestOption());
        return List.copyOf(command);
    }

    /**
     * Tells another JVM of this installation its {@link #mobilityDigest}. One whose cache was made elsewhere cannot find it out: a class from
     * there does not know its jar.
     */
    String digestOption() {
        return "-D" + DIGEST_PROPERTY + "=" + mobilityDigest();
    }

    /** As {@link #hostJvm(boolean)}, with the {@code java} of another installation. */
    static List<String> hostJvm(String java, boolean own) {
        List<String> command = new ArrayList<>(List.of(
                java,
                "-XX:+UseSerialGC",
                own ? "-Xmx384m" : "-Xmx1g",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
        if (own) {
            // Somebody waits for it to wake, and the second compiler takes as much time as everything else then.
            command.add("-XX:TieredStopAtLevel=1");
        }
        return List.copyOf(command);
    }

    /**
     * The digest of all its jars and their names, by which an image says what it was made of.
     *
     * @throws IOException where it is made of directories of classes, which no image can be
     */
    Digest jarsDigest() throws IOException {
        if (!classPath.stream().allMatch(jar -> jar.toString().endsWith(".jar"))) {
            throw new IOException("images are made of jars: start Croft by its launcher");
        }
        StringBuilder all = new StringBuilder();
        for (Path jar : classPath.stream()
                .sorted(Comparator.comparing(jar -> String.valueOf(jar.getFileName())))
                .toList()) {
            all.append(jar.getFileName())
                    .append(' ')
                    .append(Digest.of(Files.readAllBytes(jar)))
                    .append('\n');
        }
        return Digest.of(all.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** What the mobility services are made of: the room and the libraries it uses. */
    public List<Path> mobilityClassPath() {
        return List.of(
                place(MOBILITY + "service.PipelineService"),
                place("org.bson.BsonDocument"),
                place("com.fasterxml.jackson.core.JsonFactory"),
                place("org.locationtech.jts.geom.Geometry"));
    }

    /**
     * {@code sha256:} and the digest of the mobility room's code, which says what a computation runs: as whoever started this process
     * from the same class path computed it, else computed once.
     */
    public String mobilityDigest() {
        String told = System.getProperty(DIGEST_PROPERTY);
        return told != null ? told : DIGESTS.computeIfAbsent(mobilityClassPath(), Installation::digest);
    }

    private static String digest(List<Path> parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path part : parts) {
                add(digest, part);
            }
            return "sha256:" + HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void add(MessageDigest digest, Path part) throws IOException {
        try (var files = Files.walk(part)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                digest.update((part.relativize(file) + "\n").getBytes(StandardCharsets.UTF_8));
                try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
                    in.transferTo(OutputStream.nullOutputStream());
                }
            }
        }
    }

    private static Path place(String className) {
        try {
            return Path.of(Class.forName(className, false, Installation.class.getClassLoader())
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (ReflectiveOperationException | URISyntaxException e) {
            throw new IllegalStateException("the installation lacks " + className, e);
        }
    }
}
