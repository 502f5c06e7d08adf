package dev.croft.app.server;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.runtime.docker.DockerRuntime;
import dev.croft.runtime.docker.Handlers;
import java.io.IOException;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * In gVisor on a real Docker engine, the private cloud's host beside it in an ordinary container. Hosts are reached at ports of the network
 * namespace that the engine is in, and the one that {@code .ci/gvisor DIR bridge} starts has its own: this is run within that, and asked for
 * with {@code -Dcroft.gvisor=true}.
 */
@ResourceLock("installation")
class DockerGvisorHostileDoorIT extends HostileDoorSuite {
    @Override
    void asked() {
        assumeTrue(Boolean.getBoolean("croft.gvisor"), "gVisor is not asked for: run with -Dcroft.gvisor=true");
        try {
            assumeTrue(
                    Handlers.ask(DockerRuntime.usualSocket()).all().containsKey("runsc"), "the engine offers no runsc");
        } catch (IOException e) {
            assumeTrue(false, "no engine answers");
        }
    }

    @Override
    String backend() {
        return "docker";
    }

    @Override
    String[] options() {
        return new String[] {"--engine-runtime", "gvisor=runsc", "--runtime-class", "service=gvisor"};
    }
}
