package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.parallel.ResourceLock;

/** As containers of a real Docker engine. */
@ResourceLock("installation")
class DockerWarmHostIT extends WarmHostSuite {
    @BeforeAll
    static void asked() {
        assumeTrue(Boolean.getBoolean("croft.docker"), "Docker is not asked for: run with -Pdocker");
    }

    @Override
    String backend() {
        return "docker";
    }

    @Override
    String waited(Home home) throws Exception {
        List<String> inspect = new ArrayList<>(List.of("docker", "inspect", "--format", "{{json .}}"));
        inspect.addAll(Containers.of(home, "warm-"));
        String all = Kubectl.run("", inspect.toArray(new String[0]));
        assertThat(all).as("there is one").contains("CROFT_WAIT");
        return all;
    }

    @Override
    void nothingLeft(Home home) {
        await().atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(Containers.of(home, "")).isEmpty());
    }
}
