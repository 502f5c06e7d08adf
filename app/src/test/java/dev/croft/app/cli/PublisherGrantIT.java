package dev.croft.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.croft.app.docs.Shell;
import dev.croft.router.Json;
import dev.croft.router.RouterClient;
import dev.croft.router.placement.ServiceDefinition;
import dev.croft.router.registry.CatalogueEntry;
import dev.croft.router.registry.Launch;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An owner who trusts a publisher rather than a digest, from {@code ./croft service key} to the owner's audit. */
class PublisherGrantIT {
    private static final String OWNER = " --key .croft/keys/ana.key";

    @TempDir
    Path folder;

    private Shell shell;
    private Process up;

    @BeforeEach
    void start() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/bwrap")), "no bubblewrap");
        shell = new Shell(folder);
        Path log = folder.resolve("up.log");
        up = shell.script("exec ./croft up --port 0")
                .redirectOutput(log.toFile())
                .start();
        await().atMost(Duration.ofMinutes(4)).until(() -> {
            assertThat(up.isAlive()).as(Files.readString(log)).isTrue();
            return Files.readString(log).contains("Serving");
        });
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (up != null) {
            up.destroy();
            if (!up.waitFor(2, TimeUnit.MINUTES)) {
                up.destroyForcibly();
            }
        }
    }

    private String croft(ExitStatus status, String line) throws IOException, InterruptedException {
        Shell.Ran ran = shell.run("./croft " + line);
        assertThat(ran.status()).as("%s: %s", line, ran.output()).isEqualTo(status.code());
        return ran.output();
    }

    private JsonNode json(ExitStatus status, String line) throws IOException, InterruptedException {
        return new ObjectMapper().readTree(croft(status, line + " --json"));
    }

    /** A service that prints its version and does nothing else. */
    private JsonNode publish(String version, String signing) throws IOException, InterruptedException {
        Path program = Files.createDirectories(folder.resolve("greet")).resolve("run.sh");
        Files.writeString(program, "#!/bin/sh\necho this is version " + version + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        return json(
                ExitStatus.OK,
                "service publish greet greet --version " + version + " --reads entries " + signing + " /app/run.sh");
    }

    private RouterClient operator() throws IOException {
        Path home = folder.resolve(".croft");
        return RouterClient.of(
                URI.create(Files.readString(home.resolve("server.url")).strip()),
                home.resolve("router/ca/ca.pem"),
                Files.readString(home.resolve("router/operator.token")).strip());
    }

    private JsonNode launch(ExitStatus status, String version, String more) throws IOException, InterruptedException {
        return json(status, "service launch greet --wait --version " + version + more + OWNER);
    }

    private void runs(String version) throws IOException, InterruptedException {
        JsonNode launch = launch(ExitStatus.OK, version, "");
        assertThat(launch.get("state").asText()).isEqualTo(Launch.State.DONE.name());
        assertThat(croft(ExitStatus.OK, "service logs " + launch.get("id").asText() + OWNER))
                .isEqualTo("this is version " + version + "\n");
    }

    private void refusedByThePermissionManager(String version, String grant) throws IOException, InterruptedException {
        assertThat(croft(ExitStatus.REFUSED, "service launch greet --version " + version + OWNER))
                .as("no grant in force is for it")
                .contains("no grant lets greet " + version + " run");
        JsonNode launch = launch(ExitStatus.UNAVAILABLE, version, " --grant " + grant);
        assertThat(launch.get("state").asText()).isEqualTo(Launch.State.FAILED.name());
        assertThat(launch.get("reason").asText()).startsWith("service-unsigned");
    }

    private List<JsonNode> doorsInTheAudit() throws IOException, InterruptedException {
        List<JsonNode> doors = new ArrayList<>();
        json(ExitStatus.OK, "cloud audit" + OWNER).get("items").forEach(entry -> {
            if (entry.get("operation").asText().equals("door_open")) {
                doors.add(entry);
            }
        });
        return doors;
    }

    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void whatThePublisherSignsRunsUnderOneGrantAndNothingElseDoesAndItsOwnerIsTold() throws Exception {
        croft(ExitStatus.OK, "service key acme.key");
        croft(ExitStatus.OK, "service key other.key");
        publish("1", "--publisher-key acme.key");
        croft(ExitStatus.OK, "cloud create ana");
        JsonNode granted = json(
                ExitStatus.OK,
                "grant create --service greet --publisher acme.key.pub --every-version --collections entries --operations count"
                        + OWNER);
        String grant = granted.get("grant").asText();
        runs("1");

        publish("2", "--publisher-key acme.key");
        runs("2");
        assertThat(json(ExitStatus.OK, "grant list" + OWNER)).as("no new grant").hasSize(1);

        publish("3", "--publisher-key other.key");
        CatalogueEntry unsigned;
        CatalogueEntry second;
        try (RouterClient operator = operator()) {
            second = operator.service("greet", "2");
            ServiceDefinition signed = Json.read(second.definition().getBytes(UTF_8), ServiceDefinition.class);
            String program = second.program();
            assertThatThrownBy(() -> operator.publish("greet", "5", program, signed))
                    .as("a statement about another version")
                    .isInstanceOfSatisfying(
                            RouterClient.Refused.class,
                            refused -> assertThat(refused.status()).isEqualTo(403));
            // No command makes one that nobody has signed.
            unsigned = operator.publish(
                    "greet",
                    "4",
                    program,
                    new ServiceDefinition(
                            "", signed.bundle(), null, signed.command(), null, null, null, null, null, null));
        }
        assertThat(unsigned.digest()).as("the very same program").isEqualTo(second.digest());
        refusedByThePermissionManager("3", grant);
        refusedByThePermissionManager("4", grant);
        List<JsonNode> doors = doorsInTheAudit();
        assertThat(doors)
                .extracting(entry -> entry.get("outcome").asText())
                .containsExactly("ok", "ok", "service-unsigned", "service-unsigned");
        assertThat(doors.getFirst().get("detail").asText()).contains("signed by");
    }
}
