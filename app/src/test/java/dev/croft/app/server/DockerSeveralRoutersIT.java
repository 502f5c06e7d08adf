package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.runtime.docker.DockerRuntime;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Set;
import java.util.stream.Collectors;
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

    private static Set<String> containers(Home home, String names) throws IOException, InterruptedException {
        String ours = "croft-" + DockerRuntime.nameOf(home.runtime().toRealPath()) + "-" + names;
        return Kubectl.run("", "docker", "ps", "--all", "--no-trunc", "--quiet", "--filter", "name=" + ours)
                .lines()
                .collect(Collectors.toSet());
    }

    @Override
    Set<String> hosts(Home home) throws IOException, InterruptedException {
        return containers(home, "pm-");
    }

    @Override
    void nothingLeft(Home home) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(containers(home, "")).isEmpty());
    }
}
