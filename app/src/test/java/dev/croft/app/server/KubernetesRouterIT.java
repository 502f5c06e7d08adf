package dev.croft.app.server;

import static dev.croft.app.server.Kubectl.kubectl;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.Release;
import dev.croft.app.Main;
import dev.croft.app.cli.Croft;
import dev.croft.app.demo.Resident;
import dev.croft.operator.run.Deploy;
import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.vault.api.OwnerKey;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * The router as a pod of a real cluster, from its own image and chart, which renders what the manifests are (see {@link ChartTest}), and a
 * client outside of the cluster: the pod is killed, the release upgraded, each next one has everything, and after it is uninstalled nothing is
 * left. Needs {@code -Pkubernetes}, the packaged jars and the node's engine.
 */
@ResourceLock("kubernetes")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class KubernetesRouterIT {
    private static final String NAMESPACE = "croft-pod";
    private static final Duration SOON = Duration.ofMinutes(3);

    @TempDir
    Path directory;

    private boolean installed;

    private static Path config() {
        return Path.of(System.getenv("KUBECONFIG"));
    }

    @AfterEach
    void clean() throws Exception {
        if (installed) {
            Helm.uninstall("router")
                    .withNamespace(NAMESPACE)
                    .withKubeConfig(config())
                    .call();
            kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false");
            installed = false;
        }
    }

    private static String image(Path archive) throws IOException, InterruptedException {
        Path jar = Path.of("target", "croft.jar").toAbsolutePath();
        assumeTrue(Files.exists(jar), "the jars are not packaged");
        Kubectl.run(
                "",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                jar + ":" + jar.resolveSibling("lib") + "/*",
                Main.class.getName(),
                "kubernetes",
                "image",
                "--out",
                archive.toString());
        return Kubectl.run("", "docker", "load", "-i", archive.toString());
    }

    @Test
    void theKustomizeBaseRendersAndAnOverlaySaysWhichNode() throws Exception {
        assumeTrue(Boolean.getBoolean("croft.kubernetes"), "Kubernetes is not asked for: run with -Pkubernetes");
        assumeTrue(System.getenv("KUBECONFIG") != null, "KUBECONFIG is not set: see CONTRIBUTING.md");
        Path base = directory.resolve("base");
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        assertThat(Croft.run(nowhere, nowhere, "kubernetes", "manifests", "--out", base.toString()))
                .isZero();
        assertThat(kubectl("kustomize", base.toString()))
                .contains(
                        "kind: CustomResourceDefinition",
                        "kind: StatefulSet",
                        "kind: PodDisruptionBudget",
                        "kind: ClusterRole",
                        "prometheus.io/path: /api/v1/metrics");
        Path overlay = Files.createDirectory(directory.resolve("node2"));
        Files.writeString(overlay.resolve("kustomization.yaml"), """
                apiVersion: kustomize.config.k8s.io/v1beta1
                kind: Kustomization
                resources: [../base]
                patchesStrategicMerge: [node.yaml]
                """);
        Files.writeString(overlay.resolve("node.yaml"), """
                apiVersion: apps/v1
                kind: StatefulSet
                metadata: {name: router, namespace: croft}
                spec: {template: {spec: {nodeSelector: {kubernetes.io/hostname: node2}}}}
                """);
        assertThat(kubectl("kustomize", overlay.toString()))
                .contains("kubernetes.io/hostname: node2", "mountPath: /var/lib/croft");
    }

    @Test
    void aReleaseOfTheChartGoesOnAfterAKillAndAnUpgradeAndLeavesNothingOnceItIsUninstalled() throws Exception {
        assumeTrue(Boolean.getBoolean("croft.kubernetes"), "Kubernetes is not asked for: run with -Pkubernetes");
        assumeTrue(System.getenv("KUBECONFIG") != null, "KUBECONFIG is not set: see CONTRIBUTING.md");
        assertThat(image(directory.resolve("router.tar"))).contains("croft/router");
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Home home = new Home(Files.createDirectory(directory.resolve("h")));
        Helm chart = new Helm(ChartTest.written(directory.resolve("chart")));
        Path values = Files.writeString(
                directory.resolve("values.yaml"),
                "{home: %s, port: %d, idleSeconds: 3600}".formatted(home.root(), port));
        installed = true;
        Release release = chart.install()
                .withName("router")
                .withNamespace(NAMESPACE)
                .createNamespace()
                .withValuesFile(values)
                .waitReady()
                .withTimeout(300)
                .withKubeConfig(config())
                .call();
        assertThat(release.getStatus()).isEqualTo("deployed");
        // Helm leaves definitions that are there as they are.
        Kubectl.apply(Deploy.text("privateclouds.yaml"));
        RouterClient operator = RouterClient.of(
                URI.create("https://localhost:" + port),
                home.router().resolve("ca").resolve("ca.pem"),
                Files.readString(home.router().resolve("operator.token")).strip());
        operator.createAccount("ana", Role.OWNER, null);
        RouterClient ana = operator.as(operator.issueTokenFor("ana", "test", Role.OWNER.scopes(), Duration.ofHours(1))
                .secret());
        try (KubernetesClient client = new KubernetesClientBuilder().build()) {
            assertThat(client.pods().inNamespace(NAMESPACE).withName("router-0").evict())
                    .as("its disruption budget lets nobody evict it")
                    .isFalse();
        }
        String runtime = Kubectl.runtimeOf(home);
        try (Resident resident = Resident.settle(ana, home, "ana", PrivateCloud.Hosting.SHARED)) {
            OwnerKey key = OwnerKey.load(home.keys().resolve("ana.key"), null);
            resident.cloud().insert("notes", List.of(new BsonDocument("n", new BsonInt32(1))));
            await().atMost(SOON)
                    .ignoreExceptions()
                    .untilAsserted(() -> assertThat(kubectl("get", "privateclouds", "-n", "croft-" + runtime))
                            .contains(key.cloudId(), "Awake"));

            kubectl("delete", "pod", "router-0", "-n", NAMESPACE, "--force", "--grace-period=0");
            kubectl("rollout", "status", "statefulset/router", "-n", NAMESPACE, "--timeout=300s");
            await().atMost(SOON).ignoreExceptions().until(() -> {
                ana.bringKey(key, null, null);
                return resident.cloud().count("notes", new BsonDocument()) == 1;
            });
            assertThat(resident.cloud().verify().isWhole()).isTrue();

            Release upgraded = chart.upgrade()
                    .withName("router")
                    .withNamespace(NAMESPACE)
                    .withValuesFile(values)
                    .set("logFormat", "json")
                    .waitReady()
                    .withTimeout(300)
                    .withKubeConfig(config())
                    .call();
            assertThat(upgraded.getRevision()).isEqualTo("2");
            kubectl("rollout", "status", "statefulset/router", "-n", NAMESPACE, "--timeout=300s");
            assertThat(kubectl("get", "pod", "router-0", "-n", NAMESPACE, "-o", "jsonpath={.spec.containers[0].args}"))
                    .contains("--log-format", "json");
            await().atMost(SOON).ignoreExceptions().until(() -> {
                ana.bringKey(key, null, null);
                return resident.cloud().count("notes", new BsonDocument()) == 1;
            });
        }
        clean();
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(kubectl("get", "namespaces", "-o", "name"))
                    .doesNotContain(NAMESPACE)
                    .doesNotContain("croft-" + runtime);
            assertThat(kubectl(
                            "get", "pods,pv", "--all-namespaces", "-l", "croft.dev/runtime=" + runtime, "-o", "name"))
                    .isEmpty();
        });
    }
}
