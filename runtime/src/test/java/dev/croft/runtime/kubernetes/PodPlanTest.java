package dev.croft.runtime.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.runtime.Digest;
import dev.croft.runtime.Limits;
import dev.croft.runtime.Overcommit;
import dev.croft.runtime.Placing;
import dev.croft.runtime.Program;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.watch.Launch;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodPlanTest {
    private static final Program.Image IMAGE =
            new Program.Image("croft/test", Digest.of("x".getBytes(StandardCharsets.UTF_8)), List.of("/bin/run"));

    @TempDir
    Path files;

    private Pod pod(Placing placing, Overcommit overcommit) throws Exception {
        WorkloadSpec spec = WorkloadSpec.of(new WorkloadId("a"), IMAGE)
                .withLimits(Limits.service().withCpus(2).withMemoryBytes(800 << 20));
        try (var client = new KubernetesClientBuilder().build()) { // asks nothing
            Claims claims = new Claims(new Cluster(client, "ns", "rt"), "rt", "node", files, _ -> Optional.empty());
            return PodPlan.of(
                            new Launch(spec, files, Optional.empty(), Map.of()),
                            new PodPlan.Terms(
                                    "pod",
                                    "rt",
                                    IMAGE,
                                    "croft/test",
                                    true,
                                    10_001,
                                    Optional.empty(),
                                    placing,
                                    overcommit),
                            claims)
                    .pod();
        }
    }

    private static BigDecimal request(Pod pod, String of) {
        Map<String, Quantity> requests =
                pod.getSpec().getContainers().getFirst().getResources().getRequests();
        return Quantity.getAmountInBytes(requests.get(of));
    }

    @Test
    void wishesAreThePodsAndItsIsolationIsTheSameWithThem() throws Exception {
        Pod plain = pod(Placing.ANYHOW, Overcommit.USUAL);
        Pod placed =
                pod(new Placing(Map.of("disk", "fast"), "gvisor", List.of("registry"), "gold"), new Overcommit(1, 4));
        assertThat(placed.getSpec().getNodeSelector()).isEqualTo(Map.of("disk", "fast"));
        assertThat(placed.getSpec().getRuntimeClassName()).isEqualTo("gvisor");
        assertThat(placed.getSpec().getImagePullSecrets()).containsExactly(new LocalObjectReference("registry"));
        assertThat(plain.getSpec().getRuntimeClassName()).isNull();

        Pod without = new PodBuilder(placed)
                .editSpec()
                .withNodeSelector(plain.getSpec().getNodeSelector())
                .withRuntimeClassName(null)
                .withImagePullSecrets(List.of())
                .editFirstContainer()
                .editResources()
                .withRequests(plain.getSpec()
                        .getContainers()
                        .getFirst()
                        .getResources()
                        .getRequests())
                .endResources()
                .endContainer()
                .endSpec()
                .build();
        assertThat(without).isEqualTo(plain);
    }

    @Test
    void whatAPodIsSureOfIsItsLimitDividedByItsClass() throws Exception {
        Pod usual = pod(Placing.ANYHOW, Overcommit.USUAL);
        assertThat(request(usual, "memory")).isEqualByComparingTo(BigDecimal.valueOf(100 << 20));
        assertThat(request(usual, "cpu")).isEqualByComparingTo("0.040");
        Pod sure = pod(Placing.ANYHOW, new Overcommit(1, 1));
        assertThat(request(sure, "memory")).isEqualByComparingTo(BigDecimal.valueOf(800 << 20));
        assertThat(request(sure, "cpu")).isEqualByComparingTo("2");
    }

    @Test
    void aPodOnAnotherNodeOrByAnotherRuntimeIsNotWhatWasAskedFor() throws Exception {
        Pod asked = pod(Placing.ANYHOW.withRuntimeClass("gvisor").withNodeSelector(Map.of("a", "b")), Overcommit.USUAL);
        Pod seen = new PodBuilder(asked)
                .withNewStatus()
                .endStatus()
                .editSpec()
                .withRuntimeClassName(null)
                .withNodeSelector(Map.of())
                .endSpec()
                .build();
        assertThat(new AskedPod(asked, IMAGE.digest().toString(), "").deviations(seen))
                .contains("runtime class", "node");
    }
}
