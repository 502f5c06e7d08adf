package dev.croft.app.server;

import dev.croft.runtime.docker.DockerRuntime;
import java.io.IOException;
import java.util.Set;
import java.util.stream.Collectors;

/** Containers of an installation, as whoever operates the Docker engine sees them. */
final class Containers {
    private Containers() {}

    /** By id, running or not, those of this home whose workloads' names begin so. */
    static Set<String> of(Home home, String beginning) throws IOException, InterruptedException {
        String name = "croft-" + DockerRuntime.nameOf(home.runtime().toRealPath()) + "-" + beginning;
        return Kubectl.run("", "docker", "ps", "--all", "--no-trunc", "--quiet", "--filter", "name=" + name)
                .lines()
                .collect(Collectors.toSet());
    }
}
