package dev.croft.operator.run;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.operator.resource.PrivacyBudgetClaim;
import dev.croft.operator.resource.PrivateDataBlock;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** The cluster that KUBECONFIG names, with our resources installed and none of them there. */
final class TestCluster implements AutoCloseable {
    static final String NAMESPACE = "privacy-example";
    static final String LEASES = "croft-budget-test";
    private static final ObjectMapper JSON = new ObjectMapper();

    final KubernetesClient client;

    final Path kubeconfig;
    private final @Nullable MemoryApiServer memory;

    private TestCluster(KubernetesClient client, Path kubeconfig, @Nullable MemoryApiServer memory) {
        this.client = client;
        this.kubeconfig = kubeconfig;
        this.memory = memory;
    }

    /** An API server in this process: no kubectl, no pods, no validation. */
    static TestCluster inMemory(Path dir) throws IOException {
        var server = new MemoryApiServer();
        Path kubeconfig = server.kubeconfig(dir);
        Config config = Config.fromKubeconfig(kubeconfig.toFile());
        config.setOnlyHttpWatches(true);
        return new TestCluster(new KubernetesClientBuilder().withConfig(config).build(), kubeconfig, server);
    }

    boolean isReal() {
        return memory == null;
    }

    static TestCluster open() throws Exception {
        assumeTrue(Boolean.getBoolean("croft.kubernetes"), "Kubernetes is not asked for: run with -Pkubernetes");
        assumeTrue(System.getenv("KUBECONFIG") != null, "KUBECONFIG is not set: see CONTRIBUTING.md");
        var cluster = new TestCluster(
                new KubernetesClientBuilder()
                        .withConfig(new ConfigBuilder()
                                .withRequestTimeout(120_000)
                                .withOnlyHttpWatches(true)
                                .build())
                        .build(),
                Path.of(System.getenv("KUBECONFIG")),
                null);
        cluster.kubectl("get", "--raw", "/readyz");
        cluster.kubectl("apply", "-f", "-", Deploy.text("crds.yaml"));
        cluster.kubectl(
                "wait", "--for=condition=Established", "crd/privatedatablocks.columbia.github.com", "--timeout=60s");
        cluster.kubectl(
                "wait", "--for=condition=Established", "crd/privacybudgetclaims.columbia.github.com", "--timeout=60s");
        for (String name : List.of(NAMESPACE, LEASES))
            if (cluster.client.namespaces().withName(name).get() == null)
                cluster.client
                        .namespaces()
                        .resource(new NamespaceBuilder()
                                .withNewMetadata()
                                .withName(name)
                                .endMetadata()
                                .build())
                        .create();
        cluster.clear();
        return cluster;
    }

    /** Removes every block and claim. */
    void clear() {
        client.resources(PrivacyBudgetClaim.class).inNamespace(NAMESPACE).delete();
        client.resources(PrivateDataBlock.class).inNamespace(NAMESPACE).list().getItems().stream()
                .filter(block -> !block.getMetadata().getFinalizers().isEmpty())
                .forEach(block -> client.resource(block).edit(b -> {
                    b.getMetadata().setFinalizers(List.of());
                    return b;
                }));
        client.resources(PrivateDataBlock.class).inNamespace(NAMESPACE).delete();
        client.pods().inNamespace(NAMESPACE).withGracePeriod(0).delete();
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .until(() -> client.resources(PrivacyBudgetClaim.class)
                                .inNamespace(NAMESPACE)
                                .list()
                                .getItems()
                                .isEmpty()
                        && client.resources(PrivateDataBlock.class)
                                .inNamespace(NAMESPACE)
                                .list()
                                .getItems()
                                .isEmpty());
    }

    /** Runs kubectl; an argument that is a whole document goes to standard input. What it printed. */
    String kubectl(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program()));
        String input = "";
        for (String argument : arguments)
            if (argument.contains("\n")) input = argument;
            else command.add(argument);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) throw new IOException(String.join(" ", command) + ": " + said);
        return said;
    }

    private static String program() {
        for (String folder : (System.getenv("PATH") + ":/var/cache/kube/bin").split(":"))
            if (Files.isExecutable(Path.of(folder, "kubectl")))
                return Path.of(folder, "kubectl").toString();
        return "kubectl";
    }

    /** The status of a resource as kubectl shows it; an empty object if there is none. */
    JsonNode status(String kind, String name) throws Exception {
        JsonNode status = JSON.readTree(kubectl("get", kind, name, "-n", NAMESPACE, "-o", "json"))
                .get("status");
        return status == null ? JSON.createObjectNode() : status;
    }

    @Override
    public void close() {
        client.close();
        if (memory != null) memory.close();
    }
}
