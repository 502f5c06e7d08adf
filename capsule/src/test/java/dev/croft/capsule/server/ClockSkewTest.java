package dev.croft.capsule.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.capsule.CapsuleOptions;
import dev.croft.capsule.CapsuleVerifier;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.WriterMode;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.replication.Durability;
import dev.croft.capsule.replication.ReplicationException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClockSkewTest {
    @TempDir
    Path temp;

    private static InstantSource off(Duration by) {
        return () -> Instant.now().plus(by);
    }

    private static Delegation serving(Cluster cluster, Cluster.Node node) {
        return Delegation.issue(
                cluster.owner,
                cluster.metadata.name(),
                Role.SERVE,
                node.key.verifyingKey(),
                Cluster.NOW.minus(Duration.ofDays(2)),
                Cluster.NOW.plus(Duration.ofDays(2)));
    }

    @Test
    void serversWhoseClocksAreMinutesApartServeAndOneThatIsHoursOffReadsToNobodyButLosesNothing() throws Exception {
        try (Cluster cluster = new Cluster(temp, 3, WriterMode.STRICT);
                CapsuleWriter local = cluster.create(temp.resolve("w"))) {
            List<Duration> skews = List.of(Duration.ofMinutes(4), Duration.ofMinutes(-4), Duration.ofHours(-3));
            for (int i = 0; i < 3; i++) {
                Cluster.Node node = cluster.nodes.get(i);
                node.stop();
                node.clock = off(skews.get(i));
                node.start();
            }
            List<ReplicatedWriter.Target> targets = cluster.nodes.stream()
                    .map(node -> new ReplicatedWriter.Target(node.address(), serving(cluster, node)))
                    .toList();
            try (var writer = new ReplicatedWriter(
                    local,
                    temp.resolve("w"),
                    targets,
                    new Reading(cluster.writerKey, null),
                    Durability.QUORUM,
                    Duration.ofSeconds(20))) {
                assertThat(writer.append(List.of(new byte[1], new byte[2]))).isZero();
                try (var reader = new ReplicatedReader(
                        temp.resolve("r"),
                        cluster.metadata,
                        cluster.addresses(),
                        new Reading(cluster.writerKey, null),
                        2)) {
                    assertThat(reader.refresh(Instant.EPOCH).head().size()).isEqualTo(2);
                }
                Cluster.Node late = cluster.nodes.getLast();
                try (var client =
                        new ServerClient(late.address(), cluster.metadata, new Reading(cluster.writerKey, null))) {
                    assertThatThrownBy(client::summary)
                            .isInstanceOf(ReplicationException.NotAllowed.class)
                            .hasMessageContaining("not of now");
                    late.stop();
                    late.clock = InstantSource.system();
                    late.start();
                }
                assertThat(writer.settle(Duration.ofSeconds(30))).isTrue();
            }
            for (Cluster.Node node : cluster.nodes) {
                assertThat(CapsuleVerifier.verify(node.capsule(), local.head()).intact())
                        .isTrue();
            }
        }
    }

    @Test
    void aWritersClockThatIsSetBackMakesNoRecordOlderThanTheOneBefore() throws Exception {
        var behind = new AtomicReference<>(Duration.ZERO);
        Instant start = Instant.now();
        try (Cluster cluster = new Cluster(temp, 1, WriterMode.STRICT);
                CapsuleWriter local = CapsuleWriter.create(
                        temp.resolve("w"),
                        cluster.metadata,
                        cluster.writerKey,
                        List.of(cluster.reader.publicKey()),
                        CapsuleOptions.standard().withClock(() -> start.minus(Objects.requireNonNull(behind.get()))));
                ReplicatedWriter writer = cluster.replicate(local, temp.resolve("w"), Durability.ALL)) {
            writer.append(List.of(new byte[1]));
            Instant before = local.head().timestamp();
            behind.set(Duration.ofDays(1));
            writer.append(List.of(new byte[2]));
            assertThat(local.head().timestamp()).isEqualTo(before);
            assertThat(CapsuleVerifier.verify(cluster.nodes.getFirst().capsule(), local.head())
                            .intact())
                    .isTrue();
        }
    }
}
