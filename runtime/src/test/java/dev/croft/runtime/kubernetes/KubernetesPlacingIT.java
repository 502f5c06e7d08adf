package dev.croft.runtime.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.runtime.Limits;
import dev.croft.runtime.Overcommit;
import dev.croft.runtime.Placing;
import dev.croft.runtime.Program;
import dev.croft.runtime.Quarters;
import dev.croft.runtime.TestImage;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.WorkloadStatus.State;
import dev.croft.runtime.docker.EngineImages;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Where and in what pods run on a real cluster: what it has, it does; what it has not is named, soon. */
@ResourceLock("kubernetes")
@Timeout(240)
class KubernetesPlacingIT {
    private static final Duration SOON = Duration.ofMinutes(2);

    @TempDir
    Path temporary;

    @Test
    void aNodeThatIsThereRunsItAndWhatIsNotThereIsNamedAtOnce() throws Exception {
        assumeTrue(TestImage.wanted("kubernetes"), "Kubernetes is not asked for: run with -Pkubernetes");
        assumeTrue(System.getenv("KUBECONFIG") != null, "KUBECONFIG is not set: see CONTRIBUTING.md");
        Path archive = temporary.resolve("image.tar");
        Program.Image image = TestImage.write(archive);
        new EngineImages(Path.of("/var/run/docker.sock")).load(archive);
        Placing linux = Placing.ANYHOW.withNodeSelector(Map.of("kubernetes.io/os", "linux"));
        Quarters quarters = new Quarters(linux, linux, Map.of("gold", new Overcommit(2, 4)), Map.of());
        try (KubernetesRuntime runtime = KubernetesRuntime.open(
                temporary.resolve("state"),
                KubernetesRuntime.Options.of(temporary).withQuarters(quarters))) {
            WorkloadSpec gold = spec(image, "exec sleep 600", Placing.ANYHOW.withResourceClass("gold"))
                    .withLimits(Limits.service().withMemoryBytes(64 << 20));
            runtime.launch(gold);
            Pod pod = runtime.client()
                    .pods()
                    .inNamespace(runtime.namespace())
                    .withName(runtime.podOf(gold.id()))
                    .require();
            assertThat(pod.getSpec().getNodeSelector()).containsEntry("kubernetes.io/os", "linux");
            assertThat(Quantity.getAmountInBytes(pod.getSpec()
                                    .getContainers()
                                    .getFirst()
                                    .getResources()
                                    .getRequests()
                                    .get("memory"))
                            .longValueExact())
                    .isEqualTo(32 << 20);
            runtime.stop(gold.id(), Duration.ZERO);
            assertThat(runtime.awaitEnd(gold.id(), SOON).state()).isEqualTo(State.STOPPED);

            assertThatThrownBy(() -> runtime.launch(
                            spec(image, "true", Placing.ANYHOW.withNodeSelector(Map.of("croft.dev/nowhere", "x")))))
                    .isInstanceOf(WorkloadException.Backend.class)
                    .hasMessageContaining("the pod does not start: 0/")
                    .hasMessageContaining("didn't match");
            assertThatThrownBy(
                            () -> runtime.launch(spec(image, "true", Placing.ANYHOW.withRuntimeClass("no-such-class"))))
                    .isInstanceOf(WorkloadException.InvalidSpec.class)
                    .hasMessage("the cluster has no runtime class no-such-class");
            assertThat(runtime.client().pods().inNamespace(runtime.namespace()).list().getItems().stream()
                            .filter(left -> left.getMetadata().getDeletionTimestamp() == null))
                    .isEmpty();
            runtime.remove(gold.id());
        }
    }

    private static WorkloadSpec spec(Program.Image image, String script, Placing placing) {
        return WorkloadSpec.of(WorkloadId.random("placed"), TestImage.script(image, script))
                .withPlacing(placing);
    }
}
