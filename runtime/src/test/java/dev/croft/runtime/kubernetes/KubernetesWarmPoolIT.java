package dev.croft.runtime.kubernetes;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.runtime.Program;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.TestImage;
import dev.croft.runtime.docker.EngineImages;
import dev.croft.runtime.pool.WarmPoolSuite;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The pool on a real cluster; asked for with {@code -Pkubernetes}, and {@code KUBECONFIG}. */
@ResourceLock("kubernetes")
class KubernetesWarmPoolIT extends WarmPoolSuite {
    private Program.@Nullable Image image;

    @Override
    protected Runtime open(Path state) throws Exception {
        assumeTrue(TestImage.wanted("kubernetes"), "Kubernetes is not asked for: run with -Pkubernetes");
        assumeTrue(System.getenv("KUBECONFIG") != null, "KUBECONFIG is not set: see CONTRIBUTING.md");
        if (image == null) {
            Path archive = temporary.resolve("image.tar");
            image = TestImage.write(archive);
            new EngineImages(Path.of("/var/run/docker.sock")).load(archive);
        }
        return KubernetesRuntime.open(state, KubernetesRuntime.Options.of(temporary));
    }

    @Override
    protected Program script(String text) {
        return TestImage.script(Objects.requireNonNull(image), text);
    }

    @Override
    protected void killWhatWaits(Path state) throws Exception {
        List<String> waiting;
        try (Stream<Path> workloads = Files.list(state.resolve("workloads"))) {
            waiting = workloads
                    .map(path -> path.getFileName().toString())
                    .filter(name -> name.startsWith("warm-"))
                    .toList();
        }
        try (KubernetesClient client = new KubernetesClientBuilder().build()) {
            for (String id : waiting) {
                client.pods()
                        .inAnyNamespace()
                        .withLabel(Cluster.WORKLOAD_LABEL, id)
                        .withGracePeriod(0)
                        .delete();
                await().atMost(SOON)
                        .until(() -> client.pods()
                                .inAnyNamespace()
                                .withLabel(Cluster.WORKLOAD_LABEL, id)
                                .list()
                                .getItems()
                                .isEmpty());
            }
        }
    }
}
