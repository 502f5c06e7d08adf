package dev.croft.app.server;

import dev.croft.runtime.Program;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The image that a router as a pod, its private clouds and its services all run from. */
public final class RouterImage {
    private static final String REFERENCE = "croft/router";

    /** What the router uses of the JDK besides: beans for its connection pool, logins at PostgreSQL. */
    private static final List<String> MODULES =
            List.of("java.desktop", "java.instrument", "java.security.jgss", "java.security.sasl", "jdk.zipfs");

    private RouterImage() {}

    /** Writes the archive. The same JDK and jars give the same digest. */
    public static Program.Image write(Path archive) throws IOException {
        List<String> modules = new ArrayList<>(CroftImage.MODULES);
        modules.addAll(MODULES);
        return CroftImage.write(REFERENCE, modules, Installation.ofThisProcess().classPath(), archive);
    }
}
