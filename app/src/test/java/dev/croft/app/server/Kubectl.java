package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.runtime.kubernetes.KubernetesRuntime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The cluster's own command, as whoever operates it types it. */
final class Kubectl {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final ObjectMapper JSON = new ObjectMapper();

    private Kubectl() {}

    static String kubectl(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program()));
        command.addAll(List.of(arguments));
        return run("", command.toArray(new String[0]));
    }

    static JsonNode json(String... arguments) throws IOException, InterruptedException {
        return JSON.readTree(kubectl(arguments));
    }

    static void apply(String yaml) throws IOException, InterruptedException {
        run(yaml, program(), "apply", "-f", "-");
    }

    /** What tells the things of an installation from those of others in the cluster, whose one node is this machine. */
    static String runtimeOf(Home home) throws IOException, InterruptedException {
        String node = kubectl("get", "nodes", "-o", "jsonpath={.items[0].metadata.labels.kubernetes\\.io/hostname}");
        return KubernetesRuntime.nameOn(node, home.runtime().toRealPath());
    }

    /** Until nothing of an installation is in the cluster, not its namespace either. */
    static void awaitNothingLeft(Home home) throws IOException, InterruptedException {
        String runtime = runtimeOf(home);
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(kubectl("get", "namespaces", "-o", "name")).doesNotContain("croft-" + runtime);
            assertThat(kubectl(
                            "get",
                            "pods,pvc,pv,networkpolicies,secrets",
                            "--all-namespaces",
                            "-l",
                            "croft.dev/runtime=" + runtime,
                            "-o",
                            "name"))
                    .isEmpty();
        });
    }

    static String program() {
        for (String path : (System.getenv("PATH") + ":/var/cache/kube/bin").split(":")) {
            if (Files.isExecutable(Path.of(path, "kubectl"))) {
                return Path.of(path, "kubectl").toString();
            }
        }
        return "kubectl";
    }

    /** What a command prints; it must succeed. */
    static String run(String input, String... command) throws IOException, InterruptedException {
        Path errors = Files.createTempFile("croft-kubectl", "");
        try {
            Process process =
                    new ProcessBuilder(command).redirectError(errors.toFile()).start();
            try (var in = process.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.UTF_8));
            }
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor())
                    .as("%s: %s%s", String.join(" ", command), said, Files.readString(errors))
                    .isZero();
            return said;
        } finally {
            Files.delete(errors);
        }
    }
}
