package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.app.cli.CroftTest.Run;
import dev.croft.runtime.Digest;
import dev.croft.runtime.Placing;
import dev.croft.runtime.Program;
import dev.croft.runtime.Quarters;
import dev.croft.runtime.WorkloadException;
import dev.croft.runtime.WorkloadId;
import dev.croft.runtime.WorkloadSpec;
import dev.croft.runtime.WorkloadStatus.State;
import dev.croft.runtime.docker.EngineImages;
import dev.croft.runtime.image.ImageBuilder;
import dev.croft.runtime.kubernetes.KubernetesRuntime;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/** A pod whose image the node has not: the kubelet fetches it from a registry by its digest, with the pull secret that was named. */
@ResourceLock("kubernetes")
@Timeout(240)
class KubernetesRegistryIT {
    private static final Path ENGINE = Path.of("/var/run/docker.sock");
    private static final Pattern LIBRARY = Pattern.compile("(/[^ ]+) \\(0x");

    @TempDir
    Path folder;

    @Test
    void whatWasPushedRunsByItsDigestWithItsSecretAndNotWithout() throws Exception {
        assumeTrue(Boolean.getBoolean("croft.kubernetes"), "Kubernetes is not asked for: run with -Pkubernetes");
        assumeTrue(System.getenv("KUBECONFIG") != null, "KUBECONFIG is not set: see CONTRIBUTING.md");
        try (TestRegistry registry = TestRegistry.start(folder.resolve("registry"))) {
            String repository = registry.address + "/croft/sleeper";
            JsonNode pushed = push(registry, repository);
            String image = pushed.path("image").asText();
            EngineImages engine = new EngineImages(ENGINE);
            assertThat(engine.find(image)).isEmpty();
            assertThat(engine.find(pushed.path("digest").asText())).isEmpty();

            Program.Image program = new Program.Image(
                    repository, Digest.parse(pushed.path("manifest").asText()), List.of("/bin/sleep", "600"));
            Placing secret = new Placing(Map.of(), null, List.of("registry"), null);
            // A node whose engine we cannot ask: the kubelet brings the image.
            KubernetesRuntime.Options options = new KubernetesRuntime.Options(
                    folder,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Quarters.ANYHOW,
                    _ -> Optional.empty(),
                    false);
            try (KubernetesRuntime runtime = KubernetesRuntime.open(folder.resolve("state"), options)) {
                assertThatThrownBy(() -> runtime.launch(WorkloadSpec.of(WorkloadId.random("without"), program)))
                        .isInstanceOf(WorkloadException.Backend.class)
                        .hasMessageContaining("the pod does not start");
                assertThat(engine.find(image)).isEmpty();

                runtime.client()
                        .resource(new SecretBuilder()
                                .withNewMetadata()
                                .withName("registry")
                                .withNamespace(runtime.namespace())
                                .endMetadata()
                                .withType("kubernetes.io/dockerconfigjson")
                                .withData(Map.of(".dockerconfigjson", encoded(registry.config())))
                                .build())
                        .create();
                WorkloadSpec spec =
                        WorkloadSpec.of(WorkloadId.random("pulled"), program).withPlacing(secret);
                runtime.launch(spec);
                assertThat(runtime.inspect(spec.id()).state()).isIn(State.STARTING, State.HEALTHY);
                assertThat(runtime.client()
                                .pods()
                                .inNamespace(runtime.namespace())
                                .withName(runtime.podOf(spec.id()))
                                .require()
                                .getStatus()
                                .getContainerStatuses()
                                .getFirst()
                                .getImageID())
                        .endsWith("/croft/sleeper@" + pushed.path("manifest").asText());
                assertThat(engine.find(image))
                        .hasValue(Digest.parse(pushed.path("digest").asText()));
                runtime.stop(spec.id(), Duration.ZERO);
                runtime.awaitEnd(spec.id(), Duration.ofMinutes(1));
                runtime.remove(spec.id());
            } finally {
                new ProcessBuilder("docker", "rmi", "--force", image)
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("rmi").toFile())
                        .start()
                        .waitFor();
            }
        }
    }

    private JsonNode push(TestRegistry registry, String repository) throws IOException, InterruptedException {
        Path sleep = Path.of("/usr/bin/sleep");
        Map<String, Path> files = new TreeMap<>(Map.of("/bin/sleep", sleep));
        Process ldd = new ProcessBuilder("ldd", sleep.toString()).start();
        Matcher library = LIBRARY.matcher(new String(ldd.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        while (library.find()) {
            files.put(library.group(1), Path.of(library.group(1)));
        }
        assertThat(ldd.waitFor()).isZero();
        // Another image each time, which no engine can have.
        Path mark = Files.writeString(folder.resolve("mark"), repository + System.nanoTime());
        Path archive = folder.resolve("image.tar");
        new ImageBuilder("croft/sleeper")
                .layer("program", files)
                .layer("mark", Map.of("/mark", mark))
                .command(List.of("/bin/sleep"))
                .write(archive);
        Run run = CroftTest.croft(
                "image",
                "push",
                "--from",
                archive.toString(),
                "--to",
                repository + ":1",
                "--ca",
                registry.authority().toString(),
                "--credentials",
                registry.credentials().toString(),
                "--json");
        assertThat(run.status()).as(run.err()).isZero();
        return new ObjectMapper().readTree(run.out()).path(0);
    }

    private static String encoded(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
