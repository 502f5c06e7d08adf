package dev.croft.runtime.image;

import dev.croft.runtime.Program;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * An image of a Java program: a JDK trimmed by jlink at {@code /opt/java}, the C library that it needs from the machine
 * that builds, and the jars at {@code /app/lib}, in an order that {@link #CLASS_PATH} fixes. The JDK's own classes are there as a shared archive too, so that a
 * small program starts sooner. There is no shell and no other program in it, and it runs as user 10001.
 * The same JDK, C library and jars give the same digest.
 */
public final class JavaImage {
    private static final Pattern LIBRARY = Pattern.compile("(/[^ ]+) \\(0x");
    private static final int PATIENCE_SECONDS = 300;

    /** The argument of {@code java} that stands for the class path: a file of arguments. */
    public static final String CLASS_PATH = "@/app/classpath";

    /** Where the cache of the program's classes is, in a layer of its own above all others, if one was made. */
    public static final String CACHE_FILE = "/opt/cache/app.aot";

    /** What that layer is called in the image's history. */
    public static final String CACHE = "AOT cache";

    private JavaImage() {}

    /** Runs a program once to make its AOT cache (JEP 483). Two runs give two caches: an image with one is not the same each time. */
    @FunctionalInterface
    public interface Training {
        /** Makes no cache. */
        Training NONE = (java, classPath, cache) -> {};

        /**
         * Runs the program.
         *
         * @param java the command of the image's own JDK, outside of it
         * @param classPath the image's jars in its order, likewise
         * @param cache what to write; if it is not there afterwards, the image is without
         */
        void run(Path java, List<Path> classPath, Path cache) throws IOException;
    }

    /**
     * What goes in.
     *
     * @param reference as in {@link Program.Image}
     * @param modules of the JDK, such as {@code java.base}; what they require comes with them
     * @param jars the class path
     * @param mainClass what the image runs
     * @param options of the virtual machine
     * @param labels what the image says of itself
     */
    public record Contents(
            String reference,
            List<String> modules,
            List<Path> jars,
            String mainClass,
            List<String> options,
            Map<String, String> labels) {
        public Contents {
            modules = List.copyOf(modules);
            jars = List.copyOf(jars);
            options = List.copyOf(options);
            labels = Map.copyOf(labels);
        }

        /** One that says nothing of itself. */
        public Contents(
                String reference, List<String> modules, List<Path> jars, String mainClass, List<String> options) {
            this(reference, modules, jars, mainClass, options, Map.of());
        }
    }

    /** Builds with the JDK that runs this, writes the archive, and returns the program to launch. */
    public static Program.Image write(Contents contents, Path archive) throws IOException {
        return write(contents, Training.NONE, archive);
    }

    /** As {@link #write(Contents, Path)}, with an AOT cache that this training makes. */
    public static Program.Image write(Contents contents, Training training, Path archive) throws IOException {
        Path work = Files.createTempDirectory("croft-java");
        try {
            Path jdk = work.resolve("java");
            Path home = Path.of(System.getProperty("java.home"));
            run(List.of(
                    home.resolve("bin/jlink").toString(),
                    "--add-modules",
                    String.join(",", contents.modules()),
                    "--strip-debug",
                    "--no-header-files",
                    "--no-man-pages",
                    "--generate-cds-archive",
                    "--output",
                    jdk.toString()));
            // The one for heaps of 32 GiB and more.
            Files.deleteIfExists(jdk.resolve("lib/server/classes_nocoops.jsa"));
            SequencedMap<String, Path> jars = jars(contents.jars(), work);
            Path classPath =
                    Files.writeString(work.resolve("classpath"), "-cp " + String.join(":", jars.keySet()) + "\n");
            Map<String, Path> program = new TreeMap<>(jars);
            program.put(CLASS_PATH.substring(1), classPath);
            List<String> command = new ArrayList<>(List.of("/opt/java/bin/java"));
            command.addAll(contents.options());
            command.addAll(List.of(CLASS_PATH, contents.mainClass()));
            ImageBuilder image = new ImageBuilder(contents.reference())
                    .layer("C library", libraries(jdk))
                    .layer("JDK", Map.of("/opt/java", jdk))
                    .layer("program", program)
                    .environment("JAVA_HOME", "/opt/java")
                    .environment("PATH", "/opt/java/bin")
                    .environment("LANG", "C.UTF-8")
                    .command(command);
            contents.labels().forEach(image::label);
            Path cache = work.resolve("app.aot");
            training.run(jdk.resolve("bin/java"), List.copyOf(jars.values()), cache);
            if (Files.exists(cache)) {
                image.layer(CACHE, Map.of(CACHE_FILE, cache));
            }
            return image.write(archive);
        } finally {
            delete(work);
        }
    }

    /** Copies by their places in the image, as old as they are there: the JVM compares a cache with its jars by their times. */
    private static SequencedMap<String, Path> jars(List<Path> from, Path work) throws IOException {
        Path copies = Files.createDirectory(work.resolve("lib"));
        TreeMap<String, Path> jars = new TreeMap<>();
        for (Path jar : from) {
            Path copy = copies.resolve(jar.getFileName());
            if (jars.put("/app/lib/" + jar.getFileName(), copy) != null) {
                throw new IOException("two jars of one name: " + jar.getFileName());
            }
            Files.setLastModifiedTime(Files.copy(jar, copy), FileTime.fromMillis(0));
        }
        return jars;
    }

    /** What the JDK's programs and libraries load that is not the JDK's own. */
    private static Map<String, Path> libraries(Path jdk) throws IOException {
        Map<String, Path> found = new TreeMap<>();
        try (Stream<Path> all = Files.walk(jdk)) {
            for (Path file : all.filter(JavaImage::isBinary).toList()) {
                Matcher library = LIBRARY.matcher(run(List.of("ldd", file.toString())));
                while (library.find()) {
                    Path path = Path.of(library.group(1));
                    if (!path.startsWith(jdk)) {
                        found.put(path.toString(), path);
                    }
                }
            }
        }
        return found;
    }

    private static boolean isBinary(Path file) {
        return Files.isRegularFile(file)
                && (file.toString().endsWith(".so")
                        || file.getParent() != null && file.getParent().endsWith("bin"))
                && !file.toString().endsWith("_g");
    }

    private static String run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(command.getFirst() + " failed: " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        return said;
    }

    private static void delete(Path tree) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path path : all.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        }
    }
}
