package dev.croft.app.server;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Under bubblewrap; skipped where there is none. */
@ResourceLock("installation")
class ProcessHostileDoorIT extends HostileDoorSuite {
    @BeforeAll
    static void sandbox() {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/bwrap")), "no sandbox: bubblewrap is not installed");
    }

    @Override
    String backend() {
        return "process";
    }
}
