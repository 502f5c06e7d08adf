package dev.croft.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.croft.router.placement.ServiceDefinition;
import dev.croft.router.registry.Account;
import dev.croft.router.registry.ApiToken;
import dev.croft.router.registry.Launch;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.runtime.Bundle;
import dev.croft.runtime.WorkloadStatus;
import dev.croft.runtime.process.ProcessRuntime;
import dev.croft.vault.api.OwnerKey;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The router's process is killed with SIGKILL while it works; the next one has all that was acknowledged and leaves nothing over. */
class RouterKillIT {

    private static final int KILLS = Integer.getInteger("croft.router.kills", 6);

    @TempDir
    Path directory;

    private @Nullable Process router;

    private RouterClient start() throws Exception {
        Files.deleteIfExists(directory.resolve("port"));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        RouterProcess.class.getName(),
                        "router",
                        directory.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("log").toFile()))
                .start();
        router = process;
        await().atMost(Duration.ofSeconds(90)).until(() -> {
            assertThat(process.isAlive())
                    .as("%s", Files.readString(directory.resolve("log")))
                    .isTrue();
            return Files.exists(directory.resolve("port"));
        });
        String port = Files.readString(directory.resolve("port")).strip();
        RouterConfig config = RouterProcess.config(directory);
        return RouterClient.of(
                URI.create("https://localhost:" + port),
                config.trustFile(),
                Files.readString(config.operatorTokenFile()).strip());
    }

    private void kill() throws InterruptedException {
        Process process = Objects.requireNonNull(router);
        process.destroyForcibly();
        process.waitFor();
    }

    @AfterEach
    void stop() throws InterruptedException {
        Process process = router;
        if (process != null && process.isAlive()) {
            process.destroy();
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }

    @Test
    void whatWasAcknowledgedIsThereAndWhatRanIsTakenOver() throws Exception {
        Random random = new Random(20261121);
        List<String> accounts = new ArrayList<>();
        List<String> tokens = new ArrayList<>();
        List<String> clouds = new ArrayList<>();
        RouterClient operator = start();

        RouterClient owner = operator.as(issue(operator, "ana"));
        String ownerToken =
                owner.issueToken("all", Role.OWNER.scopes(), Duration.ofDays(1)).secret();
        OwnerKey key = OwnerKey.generate();
        owner.createCloud(key.cloudId(), "mine", PrivateCloud.Hosting.SHARED);
        owner.bringKey(key, null, null);
        Launch launch = owner.launch(key.cloudId(), publishSleeper(operator), null, "grant-for-sleep", null);
        String cloud = key.cloudId();
        RouterClient first = owner;
        await().atMost(Duration.ofSeconds(60))
                .until(() -> first.launch(cloud, launch.id()).state() == Launch.State.RUNNING);
        String host = Objects.requireNonNull(operator.hosts().getFirst().workloadId());

        for (int i = 0; i < KILLS; i++) {
            RouterClient writing = operator;
            RouterClient writingOwner = writing.as(ownerToken);
            int round = i;
            Thread writer = Thread.ofPlatform().start(() -> {
                try {
                    for (int n = 0; ; n++) {
                        String name = "r" + round + "-" + n;
                        writing.createAccount(name, Role.ANALYST, null);
                        accounts.add(name);
                        tokens.add(writingOwner
                                .issueToken(name, Role.OWNER.scopes(), Duration.ofHours(1))
                                .token()
                                .id());
                        String id = OwnerKey.generate().cloudId();
                        writingOwner.createCloud(id, name, PrivateCloud.Hosting.SHARED);
                        clouds.add(id);
                    }
                } catch (RouterException.Unavailable killed) {
                    // what was not acknowledged may or may not be there
                }
            });
            int enough = accounts.size() + random.nextInt(1, 25);
            await().atMost(Duration.ofSeconds(60)).until(() -> accounts.size() >= enough);
            kill();
            writer.join();

            operator = start();
            owner = operator.as(ownerToken);
            assertThat(operator.accounts()).extracting(Account::name).containsAll(accounts);
            assertThat(owner.tokens()).extracting(ApiToken::id).containsAll(tokens);
            assertThat(owner.clouds()).extracting(PrivateCloud::id).containsAll(clouds);
            assertThat(owner.launch(cloud, launch.id()).state()).isEqualTo(Launch.State.RUNNING);
            assertThat(operator.hosts().getFirst().workloadId())
                    .as("the PM host ran on")
                    .isEqualTo(host);
            assertThat(owner.wake(cloud)).isEqualTo("awake");
        }

        assertThat(owner.stop(cloud, launch.id()).state()).isEqualTo(Launch.State.STOPPED);
        stop();
        try (ProcessRuntime runtime = ProcessRuntime.open(directory.resolve("runtime"))) {
            assertThat(runtime.list())
                    .filteredOn(status -> !status.state().ended())
                    .extracting(WorkloadStatus::id)
                    .isEmpty();
        }
    }

    private static String issue(RouterClient operator, String name) {
        operator.createAccount(name, Role.OWNER, null);
        return operator.issueTokenFor(name, "test", Role.OWNER.scopes(), Duration.ofDays(1))
                .secret();
    }

    private String publishSleeper(RouterClient operator) throws Exception {
        Path bundle = directory.resolve("services").resolve("sleeper");
        Files.createDirectories(bundle.resolve("bin"));
        Path script = bundle.resolve("bin").resolve("sleeper");
        Files.writeString(script, "#!/bin/sh\nexec sleep 600\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        operator.publish(
                "sleeper",
                "1",
                Bundle.digest(bundle).toString(),
                new ServiceDefinition("sleeps", "sleeper", null, List.of("sleeper"), 0.1, 32L, 8, 900L, 1L, null));
        return "sleeper";
    }
}
