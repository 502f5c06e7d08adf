package dev.croft.runtime.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.runtime.HostileWorkload;
import dev.croft.runtime.Limits;
import dev.croft.runtime.Network;
import dev.croft.runtime.Program;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.TestImage;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.docker.EngineImages;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The hostile workload on a real cluster; asked for with {@code -Pkubernetes}, and {@code KUBECONFIG}. */
@ResourceLock("kubernetes")
class KubernetesHostileIT extends HostileWorkload {
    private Program.@Nullable Image image;
    private @Nullable WorkloadId other;

    @Override
    protected Runtime open(Path state) throws Exception {
        assumeTrue(TestImage.wanted("kubernetes"), "Kubernetes is not asked for: run with -Pkubernetes");
        assumeTrue(System.getenv("KUBECONFIG") != null, "KUBECONFIG is not set: see CONTRIBUTING.md");
        Path archive = temporary.resolve("image.tar");
        image = TestImage.write(archive);
        new EngineImages(Path.of("/var/run/docker.sock")).load(archive);
        return KubernetesRuntime.open(state, KubernetesRuntime.Options.of(temporary));
    }

    @Override
    protected Program script(String text) {
        return TestImage.script(Objects.requireNonNull(image), text);
    }

    @Override
    protected String leftOpen() {
        return "/proc/pressure/*";
    }

    /** Another pod that listens, the API server's service and its own port. */
    @Override
    protected List<InetSocketAddress> others() throws Exception {
        List<InetSocketAddress> reached = new ArrayList<>();
        try (KubernetesClient client = new KubernetesClientBuilder().build()) {
            reached.add(new InetSocketAddress(
                    client.services()
                            .inNamespace("default")
                            .withName("kubernetes")
                            .get()
                            .getSpec()
                            .getClusterIP(),
                    443));
            if (TestImage.hasBusybox()) {
                int port;
                try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                    port = free.getLocalPort();
                }
                Program.Image base = Objects.requireNonNull(image);
                WorkloadSpec listening = WorkloadSpec.of(
                                WorkloadId.random("other"),
                                new Program.Image(
                                        base.reference(),
                                        base.digest(),
                                        List.of("/bin/busybox", "httpd", "-f", "-p", Integer.toString(port))))
                        .withLimits(Limits.service().withWallClock(Duration.ofMinutes(3)))
                        .withNetwork(new Network.Listening(port));
                other = runtime.launch(listening);
                String address = client.pods()
                        .inNamespace(((KubernetesRuntime) runtime).namespace())
                        .withLabel(Cluster.WORKLOAD_LABEL, listening.id().value())
                        .list()
                        .getItems()
                        .getFirst()
                        .getStatus()
                        .getPodIP();
                for (String there : List.of(address, "127.0.0.1")) { // the pod, and what is forwarded to it
                    await().atMost(Duration.ofSeconds(90)).ignoreExceptions().until(() -> {
                        try (Socket socket = new Socket()) {
                            socket.connect(new InetSocketAddress(there, port), 1000);
                            return true;
                        }
                    });
                    reached.add(new InetSocketAddress(there, port));
                }
            }
        }
        assertThat(reached).isNotEmpty();
        return reached;
    }

    @AfterEach
    void stopOther() {
        if (other != null) {
            runtime.stop(other, Duration.ZERO);
            other = null;
        }
    }
}
