package dev.croft.runtime.process;

import static org.awaitility.Awaitility.await;

import dev.croft.runtime.Program;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.pool.WarmPoolSuite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

class ProcessWarmPoolIT extends WarmPoolSuite {
    @Override
    protected Runtime open(Path state) {
        return Sandboxes.open(state);
    }

    @Override
    protected Program script(String text) throws IOException {
        return Sandboxes.script(temporary, text);
    }

    @Override
    protected void killWhatWaits(Path state) throws IOException {
        try (Stream<Path> workloads = Files.list(state.resolve("workloads"))) {
            for (Path warm : workloads
                    .filter(w -> w.getFileName().toString().startsWith("warm-"))
                    .toList()) {
                long pid = Long.parseLong(Files.readString(warm.resolve("pid")).split(" ")[0]);
                ProcessHandle handle = ProcessHandle.of(pid).orElseThrow();
                handle.descendants().forEach(ProcessHandle::destroyForcibly);
                handle.destroyForcibly();
                await().atMost(Duration.ofSeconds(90)).until(() -> !handle.isAlive());
            }
        }
    }
}
