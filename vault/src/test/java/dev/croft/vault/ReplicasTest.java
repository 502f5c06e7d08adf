package dev.croft.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.budget.Epsilon;
import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleVerifier;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.replication.Durability;
import dev.croft.capsule.server.CapsuleServer;
import dev.croft.capsule.server.CapsuleShelf;
import dev.croft.capsule.server.ServerAddress;
import dev.croft.vault.api.AuditEntry;
import dev.croft.vault.api.BudgetPolicy;
import dev.croft.vault.api.BudgetStatus;
import dev.croft.vault.api.CloudClient;
import dev.croft.vault.api.CloudState;
import dev.croft.vault.api.Documents;
import dev.croft.vault.api.GrantToken;
import dev.croft.vault.api.KeptAt;
import dev.croft.vault.api.OwnerKey;
import dev.croft.vault.api.PmClient;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.Replicas;
import dev.croft.vault.api.Signer;
import dev.croft.vault.store.DurableFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Private clouds whose capsules are on capsule servers, and hosts whose disks are lost or old. */
class ReplicasTest {
    private static final BsonDocument ALL = new BsonDocument();

    @TempDir
    Path temp;

    private final TestTls authority = new TestTls();
    private final OwnerKey key = OwnerKey.generate();

    /** A capsule server that goes and comes. */
    private static final class Node implements AutoCloseable {
        private final SigningKey key = SigningKey.generate();
        private final Path folder;
        private int port;
        private @Nullable CapsuleShelf shelf;
        private @Nullable CapsuleServer server;

        Node(Path folder) throws IOException {
            this.folder = folder;
            start();
        }

        void start() throws IOException {
            shelf = new CapsuleShelf(folder, key, CapsuleShelf.Limits.standard(), InstantSource.system());
            server = CapsuleServer.start(shelf, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            port = server.port();
        }

        String address() {
            return new ServerAddress(key.verifyingKey(), "127.0.0.1", port).toString();
        }

        @Override
        public void close() {
            if (server != null && shelf != null) {
                server.close();
                shelf.close();
            }
        }
    }

    private final class Nodes implements AutoCloseable {
        final List<Node> all = new ArrayList<>();

        Nodes(int count) throws IOException {
            for (int i = 0; i < count; i++) {
                all.add(new Node(temp.resolve("server" + i)));
            }
        }

        Replicas replicas(Durability durability) {
            return new Replicas(all.stream().map(Node::address).toList(), durability);
        }

        @Override
        public void close() {
            all.forEach(Node::close);
        }
    }

    private final class Host implements AutoCloseable {
        final Path directory;
        final HttpsFront front;
        final PmClient client;

        Host(String name) throws IOException {
            directory = temp.resolve(name);
            front = HttpsFront.start(
                    new PmHost(
                            HostSettings.shared(directory, Files.createTempDirectory("croft-doors")),
                            VaultSettings.standard(List.of(new Samples.Entries()), List.of(new Samples.Lines())),
                            () -> false,
                            Duration.ofSeconds(2)),
                    0,
                    authority.identity(temp.resolve(name + "-server")));
            client = new PmClient(
                    URI.create("https://localhost:" + front.port()),
                    authority.identity(temp.resolve(name + "-client")));
        }

        Path cloud() {
            return directory.resolve("clouds").resolve(key.cloudId());
        }

        CloudClient owner() {
            return client.as(Signer.owner(key));
        }

        @Override
        public void close() {
            client.close();
            front.close();
        }
    }

    private static void refused(ProblemCode code, ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private final SigningKey analyst = SigningKey.generate();

    /** Has someone with a grant ask once and pay. */
    private void spend(Host host, String query, String epsilon) {
        var grant = Samples.grant("grant-for-" + query, key.cloudId(), Samples.holder(analyst), "query:entries");
        CloudClient holder = host.client.as(Signer.holder(key.cloudId(), grant.id(), analyst));
        host.owner().storeGrant(GrantToken.sign(grant, key.signingKey()));
        holder.reserve(query, Samples.question(epsilon));
        holder.run(query, Samples.question(epsilon));
        holder.commit(query);
    }

    private static Epsilon left(BudgetStatus budget) {
        return budget.blocks().getFirst().available();
    }

    private static void copy(Path from, Path to) {
        try (var paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                Files.copy(path, to.resolve(from.relativize(path)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aPrivateCloudWhoseVolumeIsGoneComesBackElsewhereWithItsDataItsGrantsAndWhatItSpent() throws Exception {
        try (Nodes nodes = new Nodes(3)) {
            Replicas replicas = nodes.replicas(Durability.QUORUM);
            try (Host host = new Host("first")) {
                host.client.create(key, new BudgetPolicy(Epsilon.parse("2"), null), null, replicas, false);
                host.owner().upload(Samples.lines(0, 500), "lines");
                spend(host, "q1", "0.4");
                assertThat(host.owner().replicas().capsules())
                        .allSatisfy(capsule -> assertThat(capsule.settled()).isGreaterThanOrEqualTo(2));
            }
            DurableFile.deleteTree(temp.resolve("first"));
            nodes.all.get(1).close();

            try (Host host = new Host("second")) {
                host.client.create(key, new BudgetPolicy(Epsilon.parse("9"), null), null, replicas, true);
                assertThat(host.owner().count("entries", ALL)).isEqualTo(500);
                assertThat(left(host.owner().budget())).isEqualTo(Epsilon.parse("1.6"));
                assertThat(host.owner().budget().blocks().getFirst().total()).isEqualTo(Epsilon.parse("2"));
                assertThat(host.owner().grants()).hasSize(1);
                assertThat(host.owner().verify().isWhole()).isTrue();
                assertThat(host.owner().audit(0, 100).items())
                        .extracting(AuditEntry::operation)
                        .contains("cloud_create", "upload", "query_run");
                spend(host, "q2", "0.6");
                assertThat(left(host.owner().budget())).isEqualTo(Epsilon.parse("1"));
            }
        }
    }

    @Test
    void aVolumeThatIsTakenAwayUnderAnAwakePrivateCloudIsFilledAgain() throws Exception {
        try (Nodes nodes = new Nodes(1);
                Host host = new Host("host")) {
            host.client.create(key, null, null, nodes.replicas(Durability.ONE), false);
            host.owner().upload(Samples.lines(0, 50), "lines");
            DurableFile.deleteTree(host.cloud());
            try {
                host.owner().upload(Samples.lines(50, 60), "lines");
            } catch (ProblemException e) {
                assertThat(e.code()).isEqualTo(ProblemCode.REPLICAS_UNAVAILABLE);
                host.owner().upload(Samples.lines(50, 60), "lines");
            }
            host.client.hibernate(key.cloudId());
            assertThat(host.owner().count("entries", ALL)).isEqualTo(60);
            host.owner().lock();
            DurableFile.deleteTree(host.cloud());
            assertThat(host.client.unlock(key, List.of()).state()).isEqualTo(CloudState.AWAKE);
            assertThat(host.owner().count("entries", ALL)).isEqualTo(60);
        }
    }

    @Test
    void anOldCopyOfAVolumeRefundsNothingAndIsNotOpenedWhileTheNewestHeadCannotBeKnown() throws Exception {
        try (Nodes nodes = new Nodes(3)) {
            Path kept = temp.resolve("kept");
            try (Host host = new Host("host")) {
                host.client.create(key, null, null, nodes.replicas(Durability.QUORUM), false);
                spend(host, "q1", "0.3");
                host.client.hibernate(key.cloudId());
                copy(host.cloud(), kept);
                spend(host, "q2", "0.3");
                host.owner().revokeGrant("grant-for-q1");
                host.owner().revokeGrant("grant-for-q2");
            }
            Path cloud = temp.resolve("host/clouds").resolve(key.cloudId());
            DurableFile.deleteTree(cloud);
            copy(kept, cloud);
            nodes.all.get(0).close();
            nodes.all.get(1).close();
            try (Host host = new Host("host")) {
                refused(ProblemCode.REPLICAS_UNAVAILABLE, () -> host.client.unlock(key, List.of()));
                refused(ProblemCode.REPLICAS_UNAVAILABLE, () -> host.owner().budget());
                nodes.all.get(0).start();
                assertThat(left(host.owner().budget())).isEqualTo(Epsilon.parse("0.4"));
                assertThat(host.owner().grants()).hasSize(2).noneMatch(grant -> grant.inForce());
            }
        }
    }

    @Test
    void whatTooFewServersTookIsRefusedAndNothingIsSpentTwiceWhenTheyAreBack() throws Exception {
        try (Nodes nodes = new Nodes(3);
                Host host = new Host("host")) {
            host.client.create(key, null, null, nodes.replicas(Durability.QUORUM), false);
            spend(host, "q1", "0.25");
            nodes.all.get(0).close();
            spend(host, "q2", "0.25");
            nodes.all.get(1).close();
            refused(ProblemCode.REPLICAS_UNAVAILABLE, () -> spend(host, "q3", "0.25"));
            refused(ProblemCode.REPLICAS_UNAVAILABLE, () -> host.owner().budget());
            nodes.all.get(0).start();
            nodes.all.get(1).start();
            spend(host, "q4", "0.25");
            assertThat(left(host.owner().budget())).isEqualTo(Epsilon.parse("0.25"));
            assertThat(host.owner().verify().isWhole()).isTrue();
        }
    }

    @Test
    void onePrivateCloudTakesReplicasLaterAndWhatIsShreddedIsShreddedThereToo() throws Exception {
        try (Nodes nodes = new Nodes(2);
                Host host = new Host("host")) {
            host.client.create(key, null, null);
            host.owner().upload(Samples.lines(0, 100), "lines");
            assertThat(host.owner().replicas().replicas()).isNull();
            long before = host.client.keptAt(key.cloudId()).version();
            assertThat(host.owner().replicate(nodes.replicas(Durability.ALL)).capsules())
                    .allSatisfy(capsule -> assertThat(capsule.settled()).isEqualTo(2));
            KeptAt after = host.client.keptAt(key.cloudId());
            assertThat(after.replicas()).isEqualTo(nodes.replicas(Durability.ALL));
            assertThat(after.version()).isGreaterThan(before);
            host.owner().forget(new Documents.Forget(null, null, List.of("none"), true));
            for (Node node : nodes.all) {
                int capsules = 0;
                for (Path held : Files.list(node.folder).toList()) {
                    if (Files.exists(held.resolve("delegation"))) {
                        assertThat(CapsuleVerifier.verify(held).intact()).isTrue();
                        try (CapsuleReader reader = CapsuleReader.open(held, key.readerKey())) {
                            if (reader.metadata().kind().equals("croft/data")) {
                                assertThatThrownBy(() -> reader.read(0)).isInstanceOf(CapsuleException.Shredded.class);
                            }
                        }
                        capsules++;
                    }
                }
                assertThat(capsules).isEqualTo(4);
            }
        }
    }

    @Test
    void ofTwoHostsThatGoOnWithOnePrivateCloudOnlyOneIsAcknowledged() throws Exception {
        try (Nodes nodes = new Nodes(3);
                Host first = new Host("first");
                Host second = new Host("second")) {
            Replicas replicas = nodes.replicas(Durability.QUORUM);
            first.client.create(key, null, null, replicas, false);
            spend(first, "q1", "0.4");
            second.client.create(key, null, null, replicas, true);
            spend(second, "q2", "0.4");
            assertThatThrownBy(() -> spend(first, "q3", "0.4")).isInstanceOf(ProblemException.class);
            assertThat(left(second.owner().budget())).isEqualTo(Epsilon.parse("0.2"));
        }
    }
}
