package dev.croft.app.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The demonstration on a real Docker engine. */
@ResourceLock("installation")
class DockerDemoIT extends BackendDemo {
    @Test
    @Timeout(600)
    void containersGiveTheSameAnswersAsProcessesAndNoneIsLeft() throws Exception {
        assumeTrue(Boolean.getBoolean("croft.docker"), "Docker is not asked for: run with -Pdocker");
        givesTheSameAnswersAsProcesses("docker");
        String mine = run("docker", "ps", "--all", "--no-trunc", "--format", "{{.Mounts}}");
        assertThat(mine).doesNotContain(folder.toString());
    }
}
