package dev.croft.app.server;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.runtime.Program;
import dev.croft.runtime.Quarters;
import dev.croft.runtime.docker.DockerRuntime;
import dev.croft.runtime.watch.WatchedRuntime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.parallel.ResourceLock;

@ResourceLock("installation")
class DockerStartCacheIT extends StartCacheSuite {
    private static final Path SOCKET = Path.of("/var/run/docker.sock");

    @Override
    WatchedRuntime open(Path home, String state) throws Exception {
        assumeTrue(Boolean.getBoolean("croft.docker"), "Docker is not asked for: run with -Pdocker");
        Path scratch = Files.createTempDirectory(home, "image");
        Path archive = scratch.resolve("image.tar");
        Program.Image base = base(archive, scratch.resolve("jars"));
        DockerRuntime runtime = DockerRuntime.open(
                home.resolve(state), new DockerRuntime.Options(SOCKET, Optional.of(base), Quarters.ANYHOW, false));
        runtime.loadIfAbsent(base, archive);
        return runtime;
    }
}
