package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Routers that share a real Docker engine, and know nothing of each other's containers. */
@ResourceLock("installation")
class DockerSeveralRoutersIT extends SeveralRoutersSuite {
    @BeforeAll
    static void asked() {
        assumeTrue(Boolean.getBoolean("croft.docker"), "Docker is not asked for: run with -Pdocker");
    }

    @Override
    String backend() {
        return "docker";
    }

    @Override
    InetAddress address() throws IOException {
        return Outward.address();
    }

    @Override
    Set<String> hosts(Home home) throws IOException, InterruptedException {
        return Containers.of(home, "pm-");
    }

    @Override
    void nothingLeft(Home home) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(Containers.of(home, "")).isEmpty());
    }
}
