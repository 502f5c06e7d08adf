package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.server.CapsuleServer;
import dev.croft.capsule.server.CapsuleShelf;
import dev.croft.capsule.server.ServerAddress;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/** What the operators' page says of several machines, by commands: two routers as processes over PostgreSQL, and one is killed. */
@ResourceLock("installation")
class SeveralRoutersIT {
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    @TempDir
    Path folder;

    private final List<Process> routers = new ArrayList<>();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void stop() throws Exception {
        for (Process router : routers.reversed()) {
            router.destroy();
        }
        for (Process router : routers) {
            if (!router.waitFor(60, TimeUnit.SECONDS)) {
                router.destroyForcibly();
            }
        }
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    private String replicas() throws Exception {
        List<String> servers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            SigningKey key = SigningKey.generate();
            var shelf = new CapsuleShelf(
                    folder.resolve("server" + i), key, CapsuleShelf.Limits.standard(), InstantSource.system());
            CapsuleServer server =
                    CapsuleServer.start(shelf, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            open.add(shelf);
            open.add(server);
            servers.add(new ServerAddress(key.verifyingKey(), "127.0.0.1", server.port()).toString());
        }
        return String.join(",", servers);
    }

    /** Starts {@code croft up} in a process of its own, and waits until it serves. */
    private Process up(String home, String... options) throws Exception {
        Files.deleteIfExists(folder.resolve(home).resolve("server.url"));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.croft.app.Main",
                "up",
                "--port",
                "0",
                "--home",
                folder.resolve(home).toString()));
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve(home + ".log").toFile()));
        builder.environment().putAll(Map.of("CROFT_DATABASE_USER", "postgres"));
        Process router = builder.start();
        routers.add(router);
        await().atMost(PATIENCE).until(() -> {
            assertThat(router.isAlive())
                    .as(Files.readString(folder.resolve(home + ".log")))
                    .isTrue();
            return Files.exists(folder.resolve(home).resolve("server.url"));
        });
        return router;
    }

    private String good(String line) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = Croft.run(new PrintWriter(out), new PrintWriter(err), line.split(" "));
        assertThat(status).as(line + ": " + err).isZero();
        return out.toString();
    }

    private JsonNode router(String name, String home) throws Exception {
        for (JsonNode router : new ObjectMapper().readTree(good("router list --json" + home))) {
            if (router.get("name").asText().equals(name)) {
                return router;
            }
        }
        throw new AssertionError("no router " + name);
    }

    @Test
    void aPrivateCloudGoesOnAtAnotherRouterWhenItsOwnIsKilledAndNothingAcknowledgedIsLost() throws Exception {
        EmbeddedPostgres database = EmbeddedPostgres.builder().start();
        open.add(database);
        String url = database.getJdbcUrl("postgres", "postgres");
        String first = " --home " + folder.resolve("first");
        Path invitation = folder.resolve("invitation");
        String[] joining = {"--database", url, "--lease-seconds", "8", "--join", invitation.toString()};

        up("first", "--database", url, "--lease-seconds", "8");
        good("router invite second --out " + invitation + first);
        Process second = up("second", joining);
        await().atMost(PATIENCE)
                .until(() -> router("second", first).get("state").asText().equals("serving"));

        good("account create ada" + first);
        good("account replicas ada --durability ALL --replicas " + replicas() + first);
        good("data generate --people 1 --out " + folder.resolve("phones"));
        String phone = folder.resolve("phones/person-01.json.gz").toString();
        // The first has fewer or as many: the second private cloud is at the other.
        int made = 0;
        do {
            made++;
            good("cloud create ada --key " + folder.resolve("ada" + made + ".key") + first);
        } while (router("second", first).get("clouds").asInt() == 0);
        String who = " --as ada --key " + folder.resolve("ada" + made + ".key") + first;
        assertThat(good("data upload " + phone + who)).doesNotContain(" 0 taken");

        second.destroyForcibly().waitFor();
        await().atMost(PATIENCE)
                .until(() -> router("second", first).get("state").asText().equals("lost"));
        assertThat(router("second", first).get("clouds").asInt()).isZero();
        assertThat(good("cloud unlock" + who)).contains("is awake");
        assertThat(good("data upload " + phone + who)).contains(" 0 taken");
        assertThat(good("cloud verify" + who)).contains("data", "none");

        up("second", joining);
        await().atMost(PATIENCE)
                .until(() -> router("second", first).get("state").asText().equals("serving"));
        good("router drain second" + first);
        assertThat(good("router list" + first)).contains("main", "draining");
    }
}
