package dev.croft.app.server;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.parallel.ResourceLock;

/** In containers of a real Docker engine. */
@ResourceLock("installation")
class DockerHostileDoorIT extends HostileDoorSuite {
    @Override
    void asked() {
        assumeTrue(Boolean.getBoolean("croft.docker"), "Docker is not asked for: run with -Pdocker");
    }

    @Override
    String backend() {
        return "docker";
    }
}
