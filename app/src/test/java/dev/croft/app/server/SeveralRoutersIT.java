package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.parallel.ResourceLock;

/** As processes of this machine. */
@ResourceLock("installation")
class SeveralRoutersIT extends SeveralRoutersSuite {
    @Override
    String backend() {
        return "process";
    }

    @Override
    Set<String> hosts(Home home) {
        return running(home);
    }

    private static Set<String> running(Home home) {
        return ProcessHandle.allProcesses()
                .filter(process -> isHost(process.pid(), home))
                .map(process -> Long.toString(process.pid()))
                .collect(Collectors.toSet());
    }

    private static boolean isHost(long pid, Home home) {
        try {
            String command =
                    Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"), StandardCharsets.ISO_8859_1);
            return command.contains(HostMain.class.getName())
                    && command.contains(home.root().toString());
        } catch (IOException gone) {
            return false;
        }
    }

    @Override
    void nothingLeft(Home home) {
        awaitNoHosts(home);
    }

    /** Until no process of a host of this home runs. */
    static void awaitNoHosts(Home home) {
        await().atMost(SOON).untilAsserted(() -> assertThat(running(home)).isEmpty());
    }
}
