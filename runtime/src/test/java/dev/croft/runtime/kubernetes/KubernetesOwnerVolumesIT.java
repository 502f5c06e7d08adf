package dev.croft.runtime.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.runtime.HealthCheck;
import dev.croft.runtime.Mount;
import dev.croft.runtime.Network;
import dev.croft.runtime.Program;
import dev.croft.runtime.TestImage;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.docker.EngineImages;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.InputStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * An owner's claim on a real cluster: whatever of pod, claim, volume and namespace is deleted while the router runs, the next launch finds
 * what was stored.
 */
@ResourceLock("kubernetes")
@Timeout(480)
class KubernetesOwnerVolumesIT {
    private static final Duration SOON = Duration.ofMinutes(3);
    private static final String OWNER = "00112233445566778899aabbccddeeff";

    @TempDir
    Path temporary;

    @Test
    void whatAnOwnerStoredIsFoundAfterPodClaimVolumeAndNamespaceWereDeleted() throws Exception {
        assumeTrue(TestImage.wanted("kubernetes"), "Kubernetes is not asked for: run with -Pkubernetes");
        assumeTrue(System.getenv("KUBECONFIG") != null, "KUBECONFIG is not set: see CONTRIBUTING.md");
        Path archive = temporary.resolve("image.tar");
        Program.Image image = TestImage.write(archive);
        new EngineImages(Path.of("/var/run/docker.sock")).load(archive);
        Path clouds = Files.createDirectory(temporary.resolve("clouds"));
        Path own = Files.createDirectory(clouds.resolve(OWNER));
        try (KubernetesRuntime runtime = KubernetesRuntime.open(
                        temporary.resolve("state"),
                        KubernetesRuntime.Options.of(temporary)
                                .withOwner(path -> clouds.equals(path.getParent())
                                        ? Optional.of("cloud-" + path.getFileName())
                                        : Optional.empty()));
                KubernetesClient client = new KubernetesClientBuilder().build()) {
            String namespace = runtime.namespace();
            String claim = "cloud-" + OWNER;
            String volume = namespace + "-" + claim;

            assertThat(said(runtime, image, own, "echo first >>/data/kept; cat /data/kept; echo there"))
                    .isEqualTo("first\nthere\n");
            PersistentVolumeClaim bound = client.persistentVolumeClaims()
                    .inNamespace(namespace)
                    .withName(claim)
                    .require();
            assertThat(bound.getSpec().getVolumeName()).isEqualTo(volume);

            client.persistentVolumeClaims()
                    .inNamespace(namespace)
                    .withName(claim)
                    .delete();
            assertThat(said(runtime, image, own, "echo second >>/data/kept; cat /data/kept; echo there"))
                    .isEqualTo("first\nsecond\nthere\n");

            client.persistentVolumes().withName(volume).delete();
            assertThat(said(runtime, image, own, "echo third >>/data/kept; cat /data/kept; echo there"))
                    .isEqualTo("first\nsecond\nthird\nthere\n");

            client.namespaces().withName(namespace).delete();
            client.persistentVolumes().withName(volume).delete();
            assertThat(said(runtime, image, own, "cat /data/kept; echo there"))
                    .isEqualTo("first\nsecond\nthird\nthere\n");
            PersistentVolumeClaim again = client.persistentVolumeClaims()
                    .inNamespace(namespace)
                    .withName(claim)
                    .require();
            assertThat(again.getMetadata().getUid())
                    .isNotEqualTo(bound.getMetadata().getUid());
            assertThat(again.getSpec().getVolumeName()).isEqualTo(volume);
        }
    }

    /** What a pod with the owner's claim prints, deleted while it runs. */
    private static String said(KubernetesRuntime runtime, Program.Image image, Path own, String script)
            throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        WorkloadSpec spec = WorkloadSpec.of(
                        WorkloadId.random("owner"), TestImage.script(image, script + "; exec sleep 600"))
                .withMounts(new Mount.HostPath(own, "/data", true))
                .withNetwork(new Network.Listening(port))
                .withHealth(new HealthCheck.LogLine("there", SOON));
        runtime.awaitHealthy(runtime.launch(spec), SOON);
        String said;
        try (InputStream log = runtime.logs(spec.id(), false)) {
            said = new String(log.readAllBytes(), StandardCharsets.UTF_8);
        }
        try (KubernetesClient client = new KubernetesClientBuilder().build()) {
            client.pods()
                    .inNamespace(runtime.namespace())
                    .withName(runtime.podOf(spec.id()))
                    .withGracePeriod(0)
                    .delete();
        }
        runtime.awaitEnd(spec.id(), SOON);
        runtime.remove(spec.id());
        return said;
    }
}
