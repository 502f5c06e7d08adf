package dev.croft.runtime.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.runtime.Digest;
import dev.croft.runtime.HealthCheck;
import dev.croft.runtime.KilledRouter;
import dev.croft.runtime.Mount;
import dev.croft.runtime.Program;
import dev.croft.runtime.Runtime;
import dev.croft.runtime.RuntimeConformance;
import dev.croft.runtime.TestFiles;
import dev.croft.runtime.TestImage;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.WorkloadStatus.State;
import dev.croft.runtime.docker.EngineImages;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The suite on a real cluster; asked for with {@code -Pkubernetes}, and {@code KUBECONFIG}. */
@ResourceLock("kubernetes")
class KubernetesConformanceIT extends RuntimeConformance {
    private Program.@Nullable Image image;

    @Override
    protected Runtime open(Path state) throws Exception {
        assumeTrue(TestImage.wanted("kubernetes"), "Kubernetes is not asked for: run with -Pkubernetes");
        assumeTrue(System.getenv("KUBECONFIG") != null, "KUBECONFIG is not set: see CONTRIBUTING.md");
        Program.Image built = image;
        if (built == null) {
            Path archive = temporary.resolve("image.tar");
            built = TestImage.write(archive);
            image = built;
            new EngineImages(Path.of("/var/run/docker.sock")).load(archive);
        }
        return KubernetesRuntime.open(
                state, KubernetesRuntime.Options.of(temporary).withBase(built));
    }

    @Override
    protected Program script(String text) {
        return TestImage.script(Objects.requireNonNull(image), text);
    }

    @Override
    protected int many() {
        return 8;
    }

    /** The kubelet names the API server in every environment; what it says is overwritten with nothing. */
    @Override
    protected boolean isTheEngines(String variable) {
        return variable.startsWith("KUBERNETES_");
    }

    @Override
    protected String leftOpen() {
        return "/proc/pressure/*";
    }

    @Test
    void filesRunOnTheBaseImage() throws IOException {
        Program files = TestFiles.script(temporary.resolve("bundle"), "echo from $0");
        assertThat(said(WorkloadSpec.of(WorkloadId.random("files"), files))).isEqualTo("from /app/run.sh\n");
    }

    /** The router that is killed. Arguments: state, files, image reference, id. */
    static final class Victim {
        public static void main(String[] arguments) {
            Program.Image image = new Program.Image(arguments[2], Digest.parse(arguments[3]), List.of("/bin/bash"));
            KilledRouter.launchUntilKilled(
                    KubernetesRuntime.open(Path.of(arguments[0]), KubernetesRuntime.Options.of(Path.of(arguments[1]))),
                    image);
        }
    }

    @Test
    void aKilledRoutersPodsAreTakenUpByTheNextAndNothingIsLeft() throws Exception {
        Path state = temporary.resolve("crash");
        Program.Image built = (Program.Image) script("true");
        KilledRouter.killOnceReady(
                Victim.class,
                state.toString(),
                temporary.toString(),
                built.reference(),
                built.digest().toString());
        String namespace;
        try (KubernetesRuntime next = (KubernetesRuntime) open(state)) {
            namespace = next.namespace();
            KilledRouter.isFollowedBy(next);
        }
        try (KubernetesClient client = new KubernetesClientBuilder().build()) {
            await().atMost(SOON.multipliedBy(2)).untilAsserted(() -> {
                assertThat(client.namespaces().withName(namespace).get()).isNull();
                assertThat(client.persistentVolumes()
                                .withLabel(Cluster.RUNTIME_LABEL, namespace.substring("croft-".length()))
                                .list()
                                .getItems())
                        .isEmpty();
            });
        }
    }

    @Test
    void whatIsDeletedInTheClusterIsSeenAndItsVolumeIsFoundAgain() throws Exception {
        Mount.Volume volume = new Mount.Volume("kept", "/data", true);
        WorkloadSpec spec = spec("echo kept >/data/k; echo there; exec sleep 600")
                .withMounts(volume)
                .withHealth(new HealthCheck.LogLine("there", SOON));
        runtime.awaitHealthy(runtime.launch(spec), SOON);
        String namespace = ((KubernetesRuntime) runtime).namespace();
        try (KubernetesClient client = new KubernetesClientBuilder().build()) {
            client.pods()
                    .inNamespace(namespace)
                    .withLabel(Cluster.WORKLOAD_LABEL, spec.id().value())
                    .withGracePeriod(1)
                    .delete();
            assertThat(runtime.awaitEnd(spec.id(), SOON.multipliedBy(2)).state())
                    .isEqualTo(State.FAILED);
            client.persistentVolumeClaims()
                    .inNamespace(namespace)
                    .withName(KubernetesRuntime.VOLUME + "kept")
                    .delete();
        }
        assertThat(said(spec("cat /data/k").withMounts(volume))).isEqualTo("kept\n");
        runtime.removeVolume("kept");
    }
}
