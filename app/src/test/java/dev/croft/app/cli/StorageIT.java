package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.app.server.Backend;
import dev.croft.app.server.Home;
import dev.croft.app.server.LocalServer;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.server.CapsuleServer;
import dev.croft.capsule.server.CapsuleShelf;
import dev.croft.capsule.server.ServerAddress;
import dev.croft.router.RouterConfig;
import dev.croft.vault.store.DurableFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
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
        Home home = new Home(folder.resolve(name));
        return LocalServer.start(
                home,
                RouterConfig.embedded(home.router())
                        .withServicesDirectory(home.services())
                        .withListen("127.0.0.1", 0),
                Backend.PROCESS,
                false,
                _ -> {});
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
        try (LocalServer _ = up("first")) {
            assertThat(good("cloud unlock" + who).out()).contains("is awake");
            assertThat(good("data upload " + phone + who).out()).contains(" 0 taken");
            assertThat(good("cloud verify" + who).out()).contains("data", "none");
            good("data forget --entry-key background/battery" + who);
        }

        String second = " --home " + folder.resolve("second");
        try (LocalServer _ = up("second")) {
            assertThat(croft("cloud restore --as ada" + key + second).status()).isEqualTo(ExitStatus.USAGE.code());
            assertThat(good("cloud restore --own-process --as ada" + key + replicas + second)
                            .out())
                    .contains("is awake");
            assertThat(good("data upload " + phone + " --as ada" + key + second).out())
                    .doesNotContain(" 0 taken");
            assertThat(good("cloud audit --as ada" + key + second).out()).contains("cloud_create", "forget", "upload");
        }
    }
}
