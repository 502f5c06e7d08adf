package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.app.server.LocalServer;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.server.CapsuleServer;
import dev.croft.capsule.server.CapsuleShelf;
import dev.croft.capsule.server.ServerAddress;
import dev.croft.router.tls.Tls;
import dev.croft.vault.store.DurableFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Storage that follows, by commands: real hosts of private clouds as processes, real capsule servers, and disks that are deleted. */
class StorageIT {
    @TempDir
    Path folder;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<String> servers = new ArrayList<>();

    @BeforeEach
    void serve() throws IOException {
        for (int i = 0; i < 3; i++) {
            SigningKey key = SigningKey.generate();
            var shelf = new CapsuleShelf(
                    folder.resolve("server" + i), key, CapsuleShelf.Limits.standard(), InstantSource.system());
            CapsuleServer server =
                    CapsuleServer.start(shelf, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            open.add(server);
            open.add(shelf);
            servers.add(new ServerAddress(key.verifyingKey(), "127.0.0.1", server.port()).toString());
        }
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private LocalServer up(String name) {
        return TestServers.up(folder.resolve(name));
    }

    private record Run(int status, String out, String err) {
        JsonNode json() throws IOException {
            return new ObjectMapper().readTree(out);
        }
    }

    private Run croft(String line) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = Croft.run(new PrintWriter(out), new PrintWriter(err), line.split(" "));
        return new Run(status, out.toString(), err.toString());
    }

    private Run good(String line) {
        Run run = croft(line);
        assertThat(run.status()).as(line + ": " + run.err()).isZero();
        return run;
    }

    /** What operators see of a server that runs, of which nothing tells of a person. */
    private void watch(String name) throws Exception {
        Path home = folder.resolve(name);
        String url = Files.readString(home.resolve("server.url")).strip();
        HttpClient http = HttpClient.newBuilder()
                .sslContext(Tls.trusting(home.resolve("router/ca/ca.pem")))
                .build();
        assertThat(ask(http, url + "/api/v1/ready", "").statusCode()).isEqualTo(200);
        assertThat(ask(http, url + "/api/v1/metrics", "").statusCode()).isEqualTo(401);
        String token = Files.readString(home.resolve("router/operator.token")).strip();
        String metrics = ask(http, url + "/api/v1/metrics", token).body();
        assertThat(metrics)
                .contains("croft_router_requests_total{", "croft_clouds{state=\"awake\"}", "croft_pm_requests_total{")
                .contains("croft_router_request_seconds_bucket{", "croft_hosts{state=\"ready\"}")
                .doesNotContain("ada")
                .doesNotContainPattern("[0-9a-f]{32}");
        assertThat(metrics.lines())
                .allMatch(line ->
                        line.matches("# TYPE [a-z_]+ [a-z]+|[a-z_]+(\\{[^}\"]+=\"[^ ]*\"(,[^ ]+)?\\})? [-0-9.E]+"));
        http.shutdownNow();
    }

    private static HttpResponse<String> ask(HttpClient http, String url, String token) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void aPrivateCloudFollowsItsOwnerFromALostDiskAndToAnotherCroft() throws Exception {
        String replicas = " --replicas " + String.join(",", servers);
        String first = " --home " + folder.resolve("first");
        String key = " --key " + folder.resolve("first/keys/ada.key");
        String who = key + first;
        good("data generate --people 1 --out " + folder.resolve("phones"));
        String phone = folder.resolve("phones/person-01.json.gz").toString();
        Path clouds = folder.resolve("first/router/clouds");

        try (LocalServer _ = up("first")) {
            good("account create ada" + first);
            good("account replicas ada" + replicas + first);
            good("cloud create ada" + first);
            good("data upload " + phone + who);
            JsonNode status = good("cloud replicas --json" + who).json();
            assertThat(status.get("replicas").get("servers")).hasSize(3);
            status.get("capsules")
                    .forEach(capsule ->
                            assertThat(capsule.get("settled").asInt()).isGreaterThanOrEqualTo(2));
            assertThat(good("cloud explain" + who).out()).contains("is awake", "recently used");
        }

        try (var held = Files.list(clouds)) {
            for (Path cloud : held.toList()) {
                DurableFile.deleteTree(cloud);
            }
        }
        open.removeFirst().close();
        String backup = folder.resolve("backup").toString();
        try (LocalServer _ = up("first")) {
            assertThat(good("cloud unlock" + who).out()).contains("is awake");
            assertThat(good("data upload " + phone + who).out()).contains(" 0 taken");
            assertThat(good("cloud verify" + who).out()).contains("data", "none");
            good("cloud backup " + backup + who);
            good("data forget --entry-key background/battery" + who);
            assertThat(croft("cloud import " + folder.resolve("phones") + who).status())
                    .isEqualTo(ExitStatus.INPUT.code());
        }
        assertThat(good("capsule verify " + backup + "/data " + backup + "/budget")
                        .out())
                .contains("intact");
        good("doctor --json --port 0" + first);

        String second = " --home " + folder.resolve("second");
        try (LocalServer _ = up("second")) {
            assertThat(croft("cloud restore --as ada" + key + second).status()).isEqualTo(ExitStatus.USAGE.code());
            assertThat(good("cloud restore --own-process --as ada" + key + replicas + second)
                            .out())
                    .contains("is awake");
            watch("second");
            assertThat(good("data upload " + phone + " --as ada" + key + second).out())
                    .doesNotContain(" 0 taken");
            assertThat(good("cloud audit --as ada" + key + second).out()).contains("cloud_create", "forget", "upload");
        }

        String third = " --home " + folder.resolve("third");
        try (LocalServer _ = up("third")) {
            // The backup is from before what was forgotten, and is brought up to that first.
            String few = " --replicas " + servers.get(1) + "," + servers.get(2) + " --durability ALL";
            good("cloud import " + backup + " --as ada" + key + few + third);
            assertThat(good("cloud audit --as ada" + key + third).out()).contains("forget");
            open.get(1).close();
            open.get(3).close();
            assertThat(croft("cloud import " + backup + " --as ada" + key + few + third)
                            .status())
                    .isEqualTo(ExitStatus.UNAVAILABLE.code());
        }
    }

    @Test
    void aPassphraseAloneBringsAPrivateCloudBackAtAnotherCroft() throws Exception {
        String replicas = " --replicas " + String.join(",", servers);
        Path phrase = Files.writeString(folder.resolve("phrase"), "seven ducks by the river\n");
        Path wrong = Files.writeString(folder.resolve("wrong"), "seven ducks by the rivet\n");
        for (Path file : List.of(phrase, wrong)) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
        String with = " --passphrase-file " + phrase;
        good("data generate --people 1 --out " + folder.resolve("phones"));
        String phone = folder.resolve("phones/person-01.json.gz").toString();
        String first = " --home " + folder.resolve("first");
        String sheet;
        try (LocalServer _ = up("first")) {
            good("cloud create ada --no-key-file" + with + replicas + first);
            good("data upload " + phone + " --as ada" + with + first);
            assertThat(good("cloud recovery-sheet --as ada" + with + first).out())
                    .contains("follows from the name ada", "cloud restore --as ada --passphrase --replicas")
                    .contains(servers)
                    .doesNotContain("ducks");
            good("cloud create bob --no-key-file --random-salt" + with + replicas + first);
            sheet = good("cloud recovery-sheet --as bob --json" + with + first)
                    .json()
                    .at("/passphrase/salt")
                    .asText();
        }
        DurableFile.deleteTree(folder.resolve("first"));

        String second = " --home " + folder.resolve("second");
        try (LocalServer _ = up("second")) {
            Run refused = croft("cloud restore --as ada --passphrase-file " + wrong + replicas + second);
            assertThat(refused.status()).as(refused.err()).isEqualTo(ExitStatus.REFUSED.code());
            assertThat(refused.err()).doesNotContain("ducks");
            refused = croft("cloud restore --as other" + with + replicas + second);
            assertThat(refused.status()).as(refused.err()).isEqualTo(ExitStatus.REFUSED.code());
            for (String account : List.of("ada", "other")) {
                assertThat(folder.resolve("second/tokens").resolve(account))
                        .as("nothing was made")
                        .doesNotExist();
            }

            // Another account here, and so the name is given.
            good("cloud restore --as other --recovery-name ada" + with + replicas + second);
            assertThat(good("data upload " + phone + " --as other" + with + second)
                            .out())
                    .contains(" 0 taken");
            good("cloud lock --as other" + with + second);
            good("cloud unlock --as other" + with + second);

            assertThat(croft("cloud restore --as bob" + with + replicas + second)
                            .status())
                    .isEqualTo(ExitStatus.REFUSED.code());
            good("cloud restore --as bob --salt " + sheet + with + replicas + second);
            assertThat(good("cloud audit --as bob" + with + second).out()).contains("cloud_create");
        }
    }

    @Test
    void aPrivateCloudWithoutReplicasIsBackedUpFromItsHostAndImportedOntoServers() throws Exception {
        good("data generate --people 1 --out " + folder.resolve("phones"));
        String phone = folder.resolve("phones/person-01.json.gz").toString();
        String first = " --home " + folder.resolve("first");
        String key = " --key " + folder.resolve("first/keys/ada.key");
        String backup = folder.resolve("backup").toString();
        try (LocalServer _ = up("first")) {
            good("cloud create ada" + first);
            good("cloud backup " + backup + key + first);
            good("data upload " + phone + key + first);
            // Brought up to what came since, and again.
            good("cloud backup " + backup + key + first);
            assertThat(good("cloud backup " + backup + key + first).out()).contains("data", "none");

            good("cloud create eve" + first);
            String eve = " --key " + folder.resolve("first/keys/eve.key") + first;
            assertThat(croft("cloud backup " + backup + eve).status()).isEqualTo(ExitStatus.REFUSED.code());

            String torn = folder.resolve("torn").toString();
            good("cloud backup " + torn + key + first);
            Path segment = Path.of(torn, "data/segments/00000000000000000000.seg");
            byte[] bytes = Files.readAllBytes(segment);
            bytes[bytes.length / 2] ^= 1;
            Files.write(segment, bytes);
            Run refused = croft("cloud backup " + torn + key + first);
            assertThat(refused.status()).as(refused.out() + refused.err()).isEqualTo(ExitStatus.UNVERIFIED.code());
            assertThat(refused.out() + refused.err()).contains("data");
        }
        DurableFile.deleteTree(folder.resolve("first/router"));
        String second = " --as ada --home " + folder.resolve("second");
        try (LocalServer _ = up("second")) {
            assertThat(croft("cloud import " + backup + key + second).status()).isEqualTo(ExitStatus.USAGE.code());
            good("cloud import " + backup + key + " --replicas " + String.join(",", servers) + second);
            assertThat(good("data upload " + phone + key + second).out()).contains(" 0 taken");
        }
    }
}
