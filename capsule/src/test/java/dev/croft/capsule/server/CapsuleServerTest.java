package dev.croft.capsule.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleVerifier;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.Standing;
import dev.croft.capsule.WriterMode;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.delegation.Revocations;
import dev.croft.capsule.replication.Durability;
import dev.croft.capsule.replication.Fragment;
import dev.croft.capsule.replication.Repair;
import dev.croft.capsule.replication.ReplicationException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CapsuleServerTest {
    @TempDir
    Path temp;

    private static List<byte[]> bodies(String... texts) {
        List<byte[]> bodies = new ArrayList<>();
        for (String text : texts) {
            bodies.add(text.getBytes(UTF_8));
        }
        return bodies;
    }

    @Test
    void whatAQuorumAcknowledgedIsReadFromAnyQuorumWhileServersComeAndGo() throws Exception {
        try (Cluster cluster = new Cluster(temp, 3, WriterMode.STRICT);
                CapsuleWriter local = cluster.create(temp.resolve("w"));
                ReplicatedWriter writer = cluster.replicate(local, temp.resolve("w"), Durability.QUORUM)) {
            assertThat(writer.append(bodies("one", "two"))).isZero();
            cluster.nodes.get(0).stop();
            assertThat(writer.append(bodies("three"))).isEqualTo(2);
            cluster.nodes.get(0).start();
            cluster.nodes.get(1).stop();
            assertThat(writer.append(bodies("four"))).isEqualTo(3);
            try (ReplicatedReader reader = cluster.read(temp.resolve("r"), 2)) {
                Heartbeat head = reader.refresh(Instant.EPOCH).head();
                assertThat(head.size()).isEqualTo(4);
                assertThat(reader.isWhole(head)).isTrue();
                try (CapsuleReader copy = CapsuleReader.open(reader.directory(), cluster.reader)) {
                    assertThat(copy.range(0, 4).map(record -> new String(record.body(), UTF_8)))
                            .containsExactly("one", "two", "three", "four");
                }
                assertThatThrownBy(() -> reader.refresh(Instant.now().plusSeconds(60)))
                        .isInstanceOf(ReplicationException.Stale.class);
            }
            cluster.nodes.get(1).start();
            assertThat(writer.settle(Duration.ofSeconds(30))).isTrue();
            for (Cluster.Node node : cluster.nodes) {
                assertThat(CapsuleVerifier.verify(node.capsule(), local.head()).intact())
                        .isTrue();
            }
        }
    }

    @Test
    void tooFewServersMakeAnAppendFailAndItIsSentAllTheSameLater() throws Exception {
        try (Cluster cluster = new Cluster(temp, 3, WriterMode.STRICT);
                CapsuleWriter local = cluster.create(temp.resolve("w"))) {
            cluster.nodes.get(0).stop();
            cluster.nodes.get(1).stop();
            try (var impatient = new ReplicatedWriter(
                    local,
                    temp.resolve("w"),
                    cluster.nodes.stream()
                            .map(node ->
                                    new ReplicatedWriter.Target(node.address(), cluster.delegate(Role.SERVE, node.key)))
                            .toList(),
                    new Reading(cluster.writerKey, null),
                    Durability.QUORUM,
                    Duration.ofSeconds(2))) {
                assertThatThrownBy(() -> impatient.append(bodies("one")))
                        .isInstanceOfSatisfying(ReplicationException.NotEnough.class, e -> {
                            assertThat(e.answered()).isEqualTo(1);
                            assertThat(e.needed()).isEqualTo(2);
                        });
                try (ReplicatedReader reader = cluster.read(temp.resolve("r"), 2)) {
                    assertThatThrownBy(() -> reader.refresh(Instant.EPOCH))
                            .isInstanceOf(ReplicationException.NotEnough.class);
                }
                cluster.nodes.get(0).start();
                cluster.nodes.get(1).start();
                assertThat(impatient.settle(Duration.ofSeconds(30))).isTrue();
            }
        }
    }

    @Test
    void nothingIsTakenOrReadWithoutTheOwnersWord() throws Exception {
        SigningKey stranger = SigningKey.generate();
        try (Cluster cluster = new Cluster(temp, 1, WriterMode.STRICT);
                CapsuleWriter local = cluster.create(temp.resolve("w"));
                CapsuleReader frames = CapsuleReader.open(temp.resolve("w"), null)) {
            Cluster.Node node = cluster.nodes.getFirst();
            try (var nobody = new ServerClient(node.address(), cluster.metadata, null);
                    var someone = new ServerClient(node.address(), cluster.metadata, new Reading(stranger, null));
                    var owner = new ServerClient(node.address(), cluster.metadata, new Reading(cluster.owner, null))) {
                assertThatThrownBy(() -> nobody.create(cluster.delegate(Role.SERVE, stranger)))
                        .isInstanceOf(ReplicationException.NotAllowed.class);
                assertThatThrownBy(() -> nobody.create(cluster.delegate(Role.READ, node.key)))
                        .isInstanceOf(ReplicationException.NotAllowed.class);
                assertThatThrownBy(() -> nobody.create(Delegation.issue(
                                stranger,
                                cluster.metadata.name(),
                                Role.SERVE,
                                node.key.verifyingKey(),
                                Cluster.NOW.minusSeconds(9),
                                Cluster.NOW.plusSeconds(99))))
                        .isInstanceOf(ReplicationException.NotAllowed.class);
                assertThatThrownBy(owner::summary).isInstanceOf(ReplicationException.Unknown.class);

                Delegation serving = cluster.delegate(Role.SERVE, node.key);
                nobody.create(serving);
                assertThatThrownBy(nobody::summary).isInstanceOf(ReplicationException.NotAllowed.class);
                assertThatThrownBy(someone::summary).isInstanceOf(ReplicationException.NotAllowed.class);
                assertThat(owner.summary().parts()).isEmpty();
                try (var reader = new ServerClient(node.address(), cluster.metadata, cluster.reading())) {
                    assertThat(reader.summary().parts()).isEmpty();
                }
                Revocations list = Revocations.none(cluster.metadata.name()).revoke(cluster.owner, List.of(serving));
                owner.revoke(list);
                assertThatThrownBy(owner::summary).isInstanceOf(ReplicationException.NotAllowed.class);
            }
        }
    }

    @Test
    void aServerThatIsNotTheOneAskedForIsNotTalkedTo() throws Exception {
        try (Cluster cluster = new Cluster(temp, 1, WriterMode.STRICT)) {
            var impostor = new ServerAddress(
                    SigningKey.generate().verifyingKey(),
                    "127.0.0.1",
                    cluster.nodes.getFirst().address().port());
            try (var client = new ServerClient(impostor, cluster.metadata, cluster.reading())) {
                assertThatThrownBy(client::summary)
                        .isInstanceOf(ReplicationException.Unreachable.class)
                        .hasMessageContaining("another server");
            }
        }
    }

    @Test
    void recordsComeWithAProofAndFollowersSeeThemAsTheyCome() throws Exception {
        try (Cluster cluster = new Cluster(temp, 2, WriterMode.STRICT);
                CapsuleWriter local = cluster.create(temp.resolve("w"));
                ReplicatedWriter writer = cluster.replicate(local, temp.resolve("w"), Durability.ALL);
                ReplicatedReader reader = cluster.read(temp.resolve("r"), 1)) {
            writer.append(bodies("a", "b", "c"));
            var ten = new CountDownLatch(1);
            Thread follower = Thread.ofVirtual().start(() -> {
                try {
                    reader.follow(head -> {
                        if (head.size() == 10) {
                            ten.countDown();
                        }
                        return head.size() < 10;
                    });
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            for (int i = 3; i < 10; i++) {
                if (i == 6) {
                    cluster.nodes.get(0).stop();
                    cluster.nodes.get(0).start();
                }
                writer.append(bodies("more " + i));
            }
            assertThat(ten.await(60, TimeUnit.SECONDS)).isTrue();
            follower.join();
            try (var client = new ServerClient(cluster.nodes.get(1).address(), cluster.metadata, cluster.reading())) {
                assertThat(client.records(2, 7))
                        .hasSize(5)
                        .first()
                        .satisfies(
                                record -> assertThat(record.header().sequence()).isEqualTo(2));
                assertThatThrownBy(() -> client.records(5, 99)).isInstanceOf(ReplicationException.Unknown.class);
            }
        }
    }

    @Test
    void serversRepairEachOtherWithoutTheWriter() throws Exception {
        try (Cluster cluster = new Cluster(temp, 2, WriterMode.STRICT);
                CapsuleWriter local = cluster.create(temp.resolve("w"))) {
            Cluster.Node full = cluster.nodes.get(0);
            Cluster.Node empty = cluster.nodes.get(1);
            try (ReplicatedWriter writer = cluster.replicate(local, temp.resolve("w"), Durability.ALL)) {
                writer.append(bodies("one"));
                empty.stop();
                for (int i = 0; i < 30; i++) {
                    local.append("x".getBytes(UTF_8));
                }
                writer.pulse();
                Awaitility.await()
                        .atMost(Duration.ofSeconds(90))
                        .until(() -> CapsuleVerifier.verify(full.capsule()).records() == 31);
            }
            empty.start();
            try (var repair = new AntiEntropy(
                    Objects.requireNonNull(empty.shelf), cluster.addresses(), Duration.ofMillis(50), Duration.ZERO)) {
                Awaitility.await()
                        .atMost(Duration.ofSeconds(90))
                        .until(() -> CapsuleVerifier.verify(empty.capsule()).records() == 31);
            }
        }
    }

    @Test
    void aWriterThatLostItsStateGoesOnFromTheNewestItFindsAndBothBranchesStay() throws Exception {
        try (Cluster cluster = new Cluster(temp, 2, WriterMode.QUASI)) {
            try (CapsuleWriter local = cluster.create(temp.resolve("w"));
                    ReplicatedWriter writer = cluster.replicate(local, temp.resolve("w"), Durability.ALL)) {
                writer.append(bodies("common"));
                cluster.nodes.get(1).stop();
                local.append("lost to the second server".getBytes(UTF_8));
                writer.pulse();
                Awaitility.await()
                        .atMost(Duration.ofSeconds(90))
                        .until(() -> CapsuleVerifier.verify(cluster.nodes.get(0).capsule())
                                        .records()
                                == 2);
            }
            cluster.nodes.get(0).stop();
            cluster.nodes.get(1).start();
            try (ReplicatedReader found = cluster.read(temp.resolve("f"), 1)) {
                found.export(found.refresh(Instant.EPOCH).head(), temp.resolve("w2"));
            }
            cluster.nodes.get(0).start();
            try (CapsuleWriter again = CapsuleWriter.open(temp.resolve("w2"), cluster.writerKey, cluster.reader);
                    ReplicatedWriter writer = cluster.replicate(again, temp.resolve("w2"), Durability.ALL)) {
                assertThat(writer.append(bodies("other", "branch"))).isEqualTo(1);
            }
            try (ReplicatedReader reader = cluster.read(temp.resolve("r"), 2)) {
                ReplicatedReader.View view = reader.refresh(Instant.EPOCH);
                assertThat(view.head().size()).isEqualTo(3);
                assertThat(view.branches())
                        .anySatisfy(head -> assertThat(head.size()).isEqualTo(2));
                reader.export(view.head(), temp.resolve("newest"));
            }
            try (CapsuleReader newest = CapsuleReader.open(temp.resolve("newest"), cluster.reader)) {
                assertThat(new String(newest.read(2).body(), UTF_8)).isEqualTo("branch");
            }
        }
    }

    @Test
    void anOwnerUsesNoMoreThanItsShare() throws Exception {
        try (Cluster cluster = new Cluster(temp, 1, WriterMode.STRICT);
                CapsuleWriter local = cluster.create(temp.resolve("w"))) {
            Cluster.Node node = cluster.nodes.getFirst();
            node.stop();
            node.limits = new CapsuleShelf.Limits(1, 3000, 2000);
            node.start();
            try (var client = new ServerClient(node.address(), cluster.metadata, new Reading(cluster.owner, null));
                    CapsuleReader reader = CapsuleReader.open(temp.resolve("w"), null)) {
                client.create(cluster.delegate(Role.SERVE, node.key));
                local.append(new byte[2500]);
                reader.refresh();
                var fragment = new Fragment(
                        Standing.beginning(cluster.metadata),
                        reader.framesAfter(null, 1 << 20).orElseThrow());
                assertThatThrownBy(() -> client.append(fragment)).isInstanceOf(ReplicationException.NoRoom.class);
                assertThat(client.summary().parts()).isEmpty();
            }
        }
    }

    @Test
    void rotIsFoundAndFetchedAgainAlsoWhenItHitTheEndWhileTheServerWasDown() throws Exception {
        try (Cluster cluster = new Cluster(temp, 2, WriterMode.STRICT);
                CapsuleWriter local = cluster.create(temp.resolve("w"))) {
            try (ReplicatedWriter writer = cluster.replicate(local, temp.resolve("w"), Durability.ALL)) {
                for (int i = 0; i < 20; i++) {
                    writer.append(bodies("record " + i, "x".repeat(300)));
                }
            }
            for (double where : new double[] {0.3, 0.6, 0.999}) {
                Cluster.Node node = cluster.nodes.get(0);
                node.stop();
                Path segment = node.capsule().resolve("segments/00000000000000000000.seg");
                byte[] bytes = Files.readAllBytes(segment);
                bytes[(int) (bytes.length * where)] ^= 4;
                Files.write(segment, bytes);
                Files.deleteIfExists(node.capsule().resolve("tail"));
                node.start();
                CapsuleShelf shelf = Objects.requireNonNull(node.shelf);
                HeldCapsule held = shelf.capsule(cluster.metadata.name());
                held.scrub();
                assertThat(held.summary().newest()).isPresent();
                assertThat(held.summary().newest().orElseThrow().size())
                        .as("what stands behind the damage is kept")
                        .isGreaterThanOrEqualTo(where > 0.9 ? 38 : 40);
                try (var other = new ServerClient(
                        cluster.nodes.get(1).address(), cluster.metadata, new Reading(cluster.owner, null))) {
                    Repair.pull(held.replica(), other, 1 << 20);
                }
                assertThat(CapsuleVerifier.verify(node.capsule(), local.head()).intact())
                        .isTrue();
                assertThat(held.replica().pieces()).hasSize(1);
            }
        }
    }
}
