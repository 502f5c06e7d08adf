package dev.croft.app.server;

import dev.croft.runtime.image.JavaImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The images that parts of Croft run from: trimmed JDKs with this installation's jars. */
public enum PartImage {
    /** What {@code croft up} runs on Docker and Kubernetes: hosts of private clouds from its jars, services given as files on its JDK. */
    HOST("croft/croft") {
        @Override
        void write(Installation installation, Path archive) throws IOException {
            croft(installation, MODULES, archive);
        }
    },
    /** A router as a pod, which runs its private clouds and its services from the same image. */
    ROUTER("croft/router") {
        @Override
        void write(Installation installation, Path archive) throws IOException {
            List<String> modules = new ArrayList<>(MODULES);
            // Beans for the connection pool, logins at PostgreSQL.
            modules.addAll(List.of(
                    "java.desktop", "java.instrument", "java.security.jgss", "java.security.sasl", "jdk.zipfs"));
            croft(installation, modules, archive);
        }
    },
    /** The privacy budget's operator on a cluster, and its example. */
    OPERATOR("croft/operator") {
        @Override
        void write(Installation installation, Path archive) throws IOException {
            OperatorImage.write(reference(), archive);
        }
    };

    /** What the rooms use of the JDK. */
    private static final List<String> MODULES = List.of(
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

    /** Under which an image of Croft's jars says {@link Installation#jarsDigest which} they are. */
    static final String JARS_LABEL = "dev.croft.jars";

    private static final Logger LOG = LoggerFactory.getLogger(PartImage.class);

    private final String reference;

    PartImage(String reference) {
        this.reference = reference;
    }

    /** Its name in an engine, without a tag. */
    public String reference() {
        return reference;
    }

    /** Its name in commands and files. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Builds it. */
    abstract void write(Installation installation, Path archive) throws IOException;

    /** The JVM's options with which a host in such an image uses the cache, if there is one that it accepts. */
    static List<String> cacheOptions() {
        return List.of("-XX:AOTCache=" + JavaImage.CACHE_FILE, "-Xlog:disable");
    }

    void croft(Installation installation, List<String> modules, Path archive) throws IOException {
        List<String> jvm = Installation.hostJvm(CroftImage.JAVA, false);
        List<String> options = new ArrayList<>(jvm.subList(1, jvm.size()));
        options.addAll(cacheOptions());
        JavaImage.write(
                new JavaImage.Contents(
                        reference,
                        modules,
                        installation.classPath(),
                        HostMain.class.getName(),
                        options,
                        Map.of(JARS_LABEL, installation.jarsDigest().toString())),
                "no".equals(System.getenv("CROFT_AOT")) ? JavaImage.Training.NONE : PartImage::train,
                archive);
    }

    private static void train(Path java, List<Path> classPath, Path cache) {
        try {
            HostCache.train(new Installation(java, classPath), cache);
        } catch (IOException e) {
            LOG.warn("the image is built without an AOT cache: {}", e.toString());
        }
    }
}
