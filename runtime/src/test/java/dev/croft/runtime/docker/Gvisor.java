package dev.croft.runtime.docker;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.runtime.Placing;
import dev.croft.runtime.Program;
import dev.croft.runtime.Quarters;
import dev.croft.runtime.TestImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An engine that offers gVisor as {@code runsc}, the one at {@code DOCKER_HOST} or the usual one. */
final class Gvisor {
    /** The runtime class of these tests' installation. */
    static final String CLASS = "gvisor";

    /** GNU's {@code ls} asks for a flag of {@code statx} that gVisor of 2022, Debian's, does not know. */
    private static final List<String> SIMPLE = List.of("ls");

    private Gvisor() {}

    /** Skips the test, visibly, where there is none. */
    static void assumeOffered() {
        assumeTrue(TestImage.wanted("docker"), "Docker is not asked for: run with -Pdocker");
        Path socket = DockerRuntime.usualSocket();
        try {
            Handlers handlers = Handlers.ask(socket);
            assumeTrue(
                    handlers.all().containsKey("runsc"),
                    () -> "the engine at " + socket + " offers no runsc: see .ci/gvisor");
        } catch (IOException e) {
            assumeTrue(false, "no engine at " + socket);
        }
        assumeTrue(TestImage.hasBusybox(), "no BusyBox here");
    }

    /** Loads the tests' image into it. */
    static Program.Image image(Path archive) throws IOException, InterruptedException {
        Program.Image image = TestImage.write(archive, SIMPLE);
        new Engine(DockerRuntime.usualSocket()).load(archive);
        return image;
    }

    /** An installation whose services run in gVisor. */
    static DockerRuntime.Options options(Optional<Program.Image> base) {
        Placing gvisor = Placing.ANYHOW.withRuntimeClass(CLASS);
        return new DockerRuntime.Options(
                DockerRuntime.usualSocket(),
                base,
                new Quarters(gvisor, Placing.ANYHOW, Map.of(), Map.of(CLASS, "runsc", "plain", "runc")),
                true);
    }
}
