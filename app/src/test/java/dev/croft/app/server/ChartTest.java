package dev.croft.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import com.marcnuri.helm.TemplateCommand;
import dev.croft.app.cli.Croft;
import dev.croft.operator.run.Deploy;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The chart that {@code croft kubernetes chart} writes, rendered by Helm itself, which comes as a library for this platform. */
@Execution(ExecutionMode.SAME_THREAD)
class ChartTest {
    private static final YAMLMapper YAML = new YAMLMapper();
    /** The oldest that it is for, and what has all that is newer. */
    private static final String OLD = "v1.20.2";

    private static final String NEW = "v1.33.0";

    @TempDir
    Path directory;

    private Path chart = Path.of("");

    @BeforeEach
    void write() {
        assumeTrue(
                "amd64".equals(System.getProperty("os.arch"))
                        && System.getProperty("os.name").equals("Linux"),
                "Helm's library is for another platform");
        chart = written(directory.resolve("chart"));
    }

    /** As a user writes it. */
    static Path written(Path chart) {
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        assertThat(Croft.run(nowhere, nowhere, "kubernetes", "chart", "--out", chart.toString()))
                .isZero();
        return chart;
    }

    private TemplateCommand template(String release, String namespace, String kubernetes) {
        return new Helm(chart)
                .template()
                .withName(release)
                .withNamespace(namespace)
                .withKubeVersion(kubernetes);
    }

    private Path values(String yaml) throws IOException {
        return Files.writeString(directory.resolve("values.yaml"), yaml);
    }

    /** What stays once it is installed, by kind and name. */
    private static Map<String, JsonNode> documents(String yaml) throws IOException {
        Map<String, JsonNode> found = new TreeMap<>();
        try (var all = YAML.readerFor(JsonNode.class).<JsonNode>readValues(yaml)) {
            while (all.hasNext()) {
                JsonNode one = all.next();
                if (!one.isEmpty()) {
                    String name = one.path("kind").asText() + "/"
                            + one.path("metadata").path("name").asText();
                    assertThat(found.put(name, one)).as(name + " twice").isNull();
                }
            }
        }
        return found;
    }

    private static List<String> words(JsonNode array) {
        List<String> words = new ArrayList<>();
        array.forEach(word -> words.add(word.asText()));
        return words;
    }

    @Test
    void withoutValuesItIsWhatTheManifestsAreWithoutTheirNamespace() throws Exception {
        LintResult lint = new Helm(chart).lint().strict().call();
        assertThat(lint.isFailed()).as("%s", lint.getMessages()).isFalse();
        for (boolean old : List.of(true, false)) {
            Map<String, JsonNode> manifests = documents(Deploy.router(old));
            manifests.remove("Namespace/croft");
            assertThat(documents(template("router", "croft", old ? OLD : NEW).call()))
                    .containsExactlyEntriesOf(manifests);
        }
        assertThat(Files.readString(chart.resolve("crds/privateclouds.yaml")))
                .isEqualTo(Deploy.text("privateclouds.yaml"));
    }

    @Test
    void eachValueComesWhereItBelongs() throws Exception {
        Map<String, JsonNode> all = documents(template("node2", "homes", NEW)
                .withValuesFile(values("""
                        image: {reference: registry.example/croft/router, digest: "sha256:%s", pullPolicy: IfNotPresent}
                        pullSecrets: [registry]
                        nodeSelector: {kubernetes.io/hostname: node2}
                        tolerations: [{key: croft, operator: Exists}]
                        priorityClassName: system-node-critical
                        podAnnotations: {example.org/team: data}
                        home: /srv/croft-router-8443
                        port: 9443
                        kubeletSeccomp: /srv/kubelet/seccomp
                        engineSocket: /run/engine.sock
                        resources: {limits: {memory: 2Gi}}
                        maxHeap: 1g
                        tls: {names: [croft.example, 10.0.0.7], secret: router-tls}
                        database: {url: "jdbc:postgresql://db/croft", user: router, secret: router-db}
                        oidc: {issuer: "https://id.example", clientId: cli, roles: {staff: analyst}, trust: "PEM\\n"}
                        replicas: {servers: ["k@a:1", "l@b:2"], durability: ALL}
                        runtimeClass: {service: gvisor}
                        overcommit: {gold: "1:2"}
                        requireIsolation: true
                        idleSeconds: 60
                        logFormat: json
                        otlpEndpoint: http://collector:4318
                        extraArgs: [--warm, all=0]
                        """.formatted("a".repeat(64))))
                .call());
        assertThat(all.keySet())
                .containsExactlyInAnyOrder(
                        "ServiceAccount/node2",
                        "ClusterRole/homes-node2",
                        "ClusterRoleBinding/homes-node2",
                        "StatefulSet/node2",
                        "Service/node2",
                        "PodDisruptionBudget/node2",
                        "ConfigMap/node2-oidc");
        JsonNode binding = of(all, "ClusterRoleBinding/homes-node2");
        assertThat(binding.at("/roleRef/name").asText()).isEqualTo("homes-node2");
        assertThat(binding.at("/subjects/0/name").asText()).isEqualTo("node2");
        assertThat(binding.at("/subjects/0/namespace").asText()).isEqualTo("homes");
        JsonNode set = of(all, "StatefulSet/node2");
        assertThat(set.at("/metadata/namespace").asText()).isEqualTo("homes");
        assertThat(set.at("/spec/template/metadata/labels/app").asText())
                .isEqualTo(set.at("/spec/selector/matchLabels/app").asText())
                .isEqualTo(of(all, "Service/node2").at("/spec/selector/app").asText())
                .isEqualTo(of(all, "PodDisruptionBudget/node2")
                        .at("/spec/selector/matchLabels/app")
                        .asText())
                .isEqualTo("homes-node2");
        JsonNode annotations = set.at("/spec/template/metadata/annotations");
        assertThat(annotations.path("prometheus.io/port").asText()).isEqualTo("9443");
        assertThat(annotations.path("example.org/team").asText()).isEqualTo("data");
        assertThat(annotations.has("croft.dev/oidc")).isTrue();
        JsonNode pod = set.at("/spec/template/spec");
        assertThat(pod.path("serviceAccountName").asText()).isEqualTo("node2");
        assertThat(pod.at("/nodeSelector/kubernetes.io~1hostname").asText()).isEqualTo("node2");
        assertThat(pod.at("/tolerations/0/key").asText()).isEqualTo("croft");
        assertThat(pod.path("priorityClassName").asText()).isEqualTo("system-node-critical");
        assertThat(pod.at("/imagePullSecrets/0/name").asText()).isEqualTo("registry");
        assertThat(pod.path("volumes").toString())
                .contains(
                        "/srv/croft-router-8443",
                        "/srv/kubelet/seccomp",
                        "/run/engine.sock",
                        "router-tls",
                        "router-db",
                        "node2-oidc")
                .doesNotContain("/var/lib/croft");
        JsonNode router = pod.at("/containers/0");
        String image = "registry.example/croft/router@sha256:" + "a".repeat(64);
        assertThat(router.path("image").asText()).isEqualTo(image);
        assertThat(router.path("imagePullPolicy").asText()).isEqualTo("IfNotPresent");
        assertThat(router.at("/resources/limits/memory").asText()).isEqualTo("2Gi");
        assertThat(router.at("/ports/0/containerPort").asInt()).isEqualTo(9443);
        assertThat(words(router.path("command"))).contains("-Xmx1g").doesNotContain("-Xmx512m");
        assertThat(router.path("env").toString())
                .isEqualTo(YAML.readTree("""
                        - {name: CROFT_IMAGE, value: "%s"}
                        - {name: CROFT_DATABASE_USER, value: router}
                        - {name: CROFT_DATABASE_PASSWORD_FILE, value: /etc/croft/database/password}
                        """.formatted(image)).toString());
        assertThat(words(router.path("args")))
                .containsExactly(("up --backend kubernetes --home /srv/croft-router-8443 --listen 0.0.0.0 --port 9443"
                                + " --name croft.example --name 10.0.0.7"
                                + " --certificate /etc/croft/tls/tls.crt --certificate-key /etc/croft/tls/tls.key"
                                + " --database jdbc:postgresql://db/croft --oidc /etc/croft/oidc/provider.json"
                                + " --replicas k@a:1,l@b:2 --durability ALL --runtime-class service=gvisor"
                                + " --overcommit gold=1:2 --pull-secret registry --require-isolation --idle-seconds 60"
                                + " --log-format json --otlp-endpoint http://collector:4318 --warm all=0")
                        .split(" "));
        JsonNode oidc = of(all, "ConfigMap/node2-oidc").path("data");
        assertThat(oidc.path("trust.pem").asText()).isEqualTo("PEM\n");
        assertThat(YAML.readTree(oidc.path("provider.json").asText())).isEqualTo(YAML.readTree("""
                        {issuer: "https://id.example", clientId: cli, audience: croft-router, groupsClaim: groups,
                         roles: {staff: analyst}, trust: trust.pem}
                        """));
    }

    private static JsonNode of(Map<String, JsonNode> all, String name) {
        return Objects.requireNonNull(all.get(name), name);
    }

    @Test
    void beforeItIsUninstalledAPodThatMayDoNothingElseTakesTheRouterAway() throws Exception {
        // The library leaves out hooks, which it runs: see KubernetesRouterIT.
        Path hook = chart.resolve("templates/retire.yaml");
        Files.writeString(hook, Files.readString(hook).replace("helm.sh/hook:", "example.org/hook:"));
        Map<String, JsonNode> all = documents(template("router", "croft", OLD).call());
        JsonNode job = of(all, "Job/router-retire");
        assertThat(job.at("/metadata/annotations/example.org~1hook").asText()).isEqualTo("pre-delete");
        JsonNode pod = job.at("/spec/template/spec");
        assertThat(pod.at("/containers/0/image").asText()).isEqualTo("croft/router");
        assertThat(words(pod.at("/containers/0/args")))
                .containsExactly("kubernetes", "retire", "--namespace", "croft", "router");
        assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
        assertThat(of(all, "Role/router-retire").path("rules").toString())
                .contains("\"resourceNames\":[\"router\"]", "\"resourceNames\":[\"router-0\"]")
                .doesNotContain("*");
    }

    @Test
    void valuesThatNoChartHasAreRefused() throws Exception {
        for (String wrong : List.of(
                "imagee: {}",
                "image: {digest: latest}",
                "port: 0",
                "home: croft",
                "tls: {names: []}",
                "oidc: {issuer: \"http://id.example\"}",
                "oidc: {issuer: \"https://id.example\"}",
                "replicas: {durability: SOME}",
                "requireIsolation: maybe")) {
            Path values = values(wrong);
            assertThatThrownBy(() -> template("router", "croft", NEW)
                            .withValuesFile(values)
                            .call())
                    .as(wrong)
                    .hasMessageContaining("schema");
        }
    }
}
