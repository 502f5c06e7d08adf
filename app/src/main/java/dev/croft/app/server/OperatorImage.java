package dev.croft.app.server;

import dev.croft.app.example.TrainingPod;
import dev.croft.operator.run.OperatorMain;
import dev.croft.runtime.Program;
import dev.croft.runtime.image.JavaImage;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/**
 * The operator's image: what it and the example of a training pod need of this program's own class path, and a JDK. It is one image,
 * so that a cluster without a registry needs only one archive.
 */
public final class OperatorImage {
    private static final List<String> JARS = List.of(
            "operator-",
            "budget-",
            "jackson-annotations-",
            "jackson-core-",
            "jackson-databind-",
            "jackson-dataformat-yaml-",
            "jackson-datatype-jsr310-",
            "kubernetes-",
            "snakeyaml-",
            "zjsonpatch-",
            "slf4j-api-",
            "logback-");
    private static final List<String> PACKAGES =
            List.of("dev/croft/operator", "dev/croft/budget", "dev/croft/app/example");
    private static final List<String> MODULES = List.of(
            "java.base",
            "java.logging",
            "java.management",
            "java.naming",
            "java.net.http",
            "java.sql",
            "java.xml",
            "jdk.httpserver",
            "jdk.unsupported");

    private OperatorImage() {}

    /** Writes the archive. The same JDK and jars give the same digest. */
    public static Program.Image write(String reference, Path archive) throws IOException {
        Path work = Files.createTempDirectory("croft-operator");
        try {
            List<Path> jars = new ArrayList<>();
            Path program = place(TrainingPod.class);
            if (Files.isRegularFile(program)) jars.add(program);
            for (Path entry : classPath()) {
                String name = entry.getFileName().toString();
                if (Files.isDirectory(entry)) {
                    if (PACKAGES.stream().anyMatch(own -> Files.exists(entry.resolve(own))))
                        jars.add(pack(entry, work.resolve("classes-" + jars.size() + ".jar")));
                } else if (name.endsWith(".jar") && JARS.stream().anyMatch(name::startsWith)) {
                    jars.add(entry);
                }
            }
            return JavaImage.write(
                    new JavaImage.Contents(
                            reference,
                            MODULES,
                            jars,
                            OperatorMain.class.getName(),
                            List.of(
                                    "-XX:+UseSerialGC",
                                    "-XX:MaxRAMPercentage=60",
                                    "-XX:+ExitOnOutOfMemoryError",
                                    "-Dlogback.configurationFile=dev/croft/operator/deploy/logback.xml")),
                    archive);
        } finally {
            try (Stream<Path> all = Files.walk(work)) {
                for (Path path : all.sorted((a, b) -> b.compareTo(a)).toList()) Files.delete(path);
            }
        }
    }

    private static Path place(Class<?> of) throws IOException {
        try {
            return Path.of(
                    of.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IOException("the class path has no place", e);
        }
    }

    /** The installed program's jars are beside the operator's own; otherwise it is the class path. */
    private static List<Path> classPath() throws IOException {
        Path own = place(OperatorMain.class);
        Path folder = own.getParent();
        if (Files.isRegularFile(own) && folder != null && folder.endsWith("lib")) {
            try (Stream<Path> jars = Files.list(folder)) {
                return jars.sorted().toList();
            }
        }
        List<Path> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1))
            if (!entry.isEmpty() && Files.exists(Path.of(entry)))
                entries.add(Path.of(entry).toAbsolutePath());
        return entries;
    }

    private static Path pack(Path folder, Path jar) throws IOException {
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file);
                Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.filter(Files::isRegularFile).sorted().toList()) {
                JarEntry entry = new JarEntry(folder.relativize(path).toString());
                entry.setTime(0);
                out.putNextEntry(entry);
                Files.copy(path, out);
            }
        }
        return jar;
    }
}
