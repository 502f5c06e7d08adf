package dev.croft.runtime.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DescriptorsTest {
    private static final int PATIENCE_MILLIS = 20_000;

    @TempDir
    Path directory;

    @Test
    void whoWaitsForAConnectionKeepsNoOtherVirtualThreadFromRunning() throws Exception {
        // More than there are carriers: were each kept, the one that connects would come too late for all.
        int waiting = 2 * Runtime.getRuntime().availableProcessors();
        List<Integer> listening = new ArrayList<>();
        for (int i = 0; i < waiting; i++) {
            listening.add(Descriptors.listen(directory.resolve("s" + i)));
        }
        try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> accepted = listening.stream()
                    .map(socket -> virtual.submit(() -> Descriptors.accept(socket, PATIENCE_MILLIS)))
                    .toList();
            Future<List<Integer>> connected = virtual.submit(() -> {
                List<Integer> connections = new ArrayList<>();
                for (int i = 0; i < waiting; i++) {
                    connections.add(Descriptors.connect(directory.resolve("s" + i)));
                }
                return connections;
            });
            connected.get().forEach(Descriptors::close);
            for (Future<Integer> each : accepted) {
                assertThat(each.get()).isPositive();
                Descriptors.close(each.get());
            }
        } finally {
            listening.forEach(Descriptors::close);
        }
    }

    @Test
    void whoWaitsForNobodyIsTold() throws IOException {
        int socket = Descriptors.listen(directory.resolve("alone"));
        try {
            assertThatThrownBy(() -> Descriptors.accept(socket, 1))
                    .isInstanceOf(IOException.class)
                    .hasMessage("nobody came in time");
        } finally {
            Descriptors.close(socket);
        }
    }
}
