package dev.croft.capsule.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.replication.Durability;
import dev.croft.capsule.replication.ReplicationException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server on a file system of two megabytes, in a mount namespace of its own. */
class DiskFullIT {
    @TempDir
    Path temp;

    private static int run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return process.waitFor(20, TimeUnit.SECONDS) ? process.exitValue() : -1;
    }

    private static boolean permitted(Path folder) throws InterruptedException {
        try {
            return run("unshare", "-m", "mount", "-t", "tmpfs", "-o", "size=1m", "none", folder.toString()) == 0
                    && run("nsenter", "--version") == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    @Timeout(280)
    void aFullDiskRefusesWhatIsAcknowledgedStaysAndItGoesOnOnceThereIsRoom() throws Exception {
        Path folder = Files.createDirectories(temp.resolve("server"));
        assumeTrue(permitted(folder), "a small file system takes root, unshare and nsenter");
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        ServerAddress address = ServerAddress.parse(Processes.key(0).verifyingKey() + "@127.0.0.1:" + port);
        Process server = Processes.start(
                List.of(
                        "unshare",
                        "-m",
                        "sh",
                        "-c",
                        "mount -t tmpfs -o size=2m none " + folder + " && exec \"$@\"",
                        "sh"),
                Processes.Server.class,
                temp.resolve("server.log"),
                folder.toString(),
                "0",
                "127.0.0.1",
                Integer.toString(port),
                address.toString());
        CapsuleMetadata metadata = CapsuleMetadata.create(
                Processes.owner().verifyingKey(), Processes.writerKey().verifyingKey(), "full");
        Path own = temp.resolve("w");
        try (var out = new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8));
                CapsuleWriter local = CapsuleWriter.create(
                        own,
                        metadata,
                        Processes.writerKey(),
                        List.of(Processes.readerKey().publicKey()))) {
            assertThat(out.readLine()).isEqualTo("ready");
            var target =
                    new ReplicatedWriter.Target(address, Processes.delegation(metadata, Role.SERVE, Processes.key(0)));
            try (var writer = new ReplicatedWriter(
                    local,
                    own,
                    List.of(target),
                    new Reading(Processes.writerKey(), null),
                    Durability.ALL,
                    Duration.ofSeconds(10))) {
                long acknowledged = 0;
                try {
                    for (int i = 0; i < 100; i++) {
                        writer.append(List.of(new byte[100_000]));
                        acknowledged = local.size();
                    }
                } catch (ReplicationException.NotEnough e) {
                    // Full.
                }
                assertThat(acknowledged).isBetween(5L, 25L);
                long kept = acknowledged;
                try (var client = new ServerClient(address, metadata, new Reading(Processes.writerKey(), null))) {
                    assertThat(client.records(0, kept)).hasSize((int) kept);
                    assertThatThrownBy(() -> Push.to(client, CapsuleReader.open(own, null), target.delegation()))
                            .isInstanceOf(ReplicationException.NoRoom.class);
                }
                try (var reader = new ReplicatedReader(
                        temp.resolve("r"), metadata, List.of(address), new Reading(Processes.writerKey(), null), 1)) {
                    assertThat(reader.refresh(Instant.EPOCH).head().size()).isGreaterThanOrEqualTo(kept);
                }
                assertThat(run(
                                "nsenter",
                                "-t",
                                Long.toString(server.pid()),
                                "-m",
                                "mount",
                                "-o",
                                "remount,size=40m",
                                folder.toString()))
                        .isZero();
                Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> writer.settle(Duration.ofSeconds(5)));
                writer.append(List.of(new byte[100_000]));
                try (var client = new ServerClient(address, metadata, new Reading(Processes.writerKey(), null))) {
                    assertThat(client.records(0, local.size())).hasSize((int) local.size());
                }
            }
        } finally {
            server.destroyForcibly();
        }
    }
}
