package dev.croft.capsule.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.Hash;
import dev.croft.capsule.WriterMode;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.proof.CapsuleTree;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.tlog.Checkpoint;
import dev.croft.capsule.tlog.Cosignature;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WitnessTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_900_000_000);

    @TempDir
    Path temp;

    private final SigningKey writerKey = SigningKey.generate();
    private final SigningKey witnessKey = SigningKey.generate();
    private final CapsuleMetadata metadata =
            CapsuleMetadata.create(writerKey.verifyingKey(), writerKey.verifyingKey(), "watched");

    private Witness witness() throws IOException {
        return new Witness(
                temp.resolve("witness"),
                witnessKey,
                () -> NOW,
                name -> name.equals(metadata.name()) ? Optional.of(metadata) : Optional.empty());
    }

    private static String request(long old, List<Hash> proof, String note) {
        StringBuilder text = new StringBuilder("old ").append(old).append('\n');
        proof.forEach(hash ->
                text.append(Base64.getEncoder().encodeToString(hash.bytes())).append('\n'));
        return text.append('\n').append(note).toString();
    }

    @Test
    void itSignsWhatGoesOnFromTheLastAndNothingElseAlsoAfterARestart() throws Exception {
        try (CapsuleWriter writer = CapsuleWriter.create(
                        temp.resolve("c"),
                        metadata,
                        writerKey,
                        List.of(ReaderKey.generate().publicKey()));
                CapsuleReader reader = CapsuleReader.open(temp.resolve("c"), null)) {
            long old = 0;
            for (int size = 1; size < 40; size += 7) {
                while (writer.size() < size) {
                    writer.append(new byte[3]);
                }
                reader.refresh();
                var tree = new CapsuleTree(reader);
                Checkpoint checkpoint = Checkpoint.of(tree.head());
                String note = checkpoint.sign(writerKey);
                if (old > 1) {
                    assertThat(witness().add(request(old - 1, List.of(), note)))
                            .isEqualTo(new Witness.Answer(409, "text/x.tlog.size", old + "\n"));
                    assertThat(witness()
                                    .add(request(old, List.of(Hash.sha256()), note))
                                    .status())
                            .isEqualTo(422);
                }
                Witness.Answer answer = witness().add(request(old, tree.consistencyPath(old), note));
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                assertThat(Cosignature.verify(checkpoint, answer.body(), witnessKey.verifyingKey()))
                        .isEqualTo(new Cosignature(witnessKey.verifyingKey(), NOW));
                assertThatThrownBy(() -> Cosignature.verify(checkpoint, answer.body(), writerKey.verifyingKey()))
                        .isInstanceOf(Malformed.class);
                assertThat(Checkpoint.verify(note + answer.body(), metadata.name(), writerKey.verifyingKey()))
                        .as("the note with both signatures is still the writer's")
                        .isEqualTo(checkpoint);
                old = size;
            }
            var fork = new Checkpoint(Checkpoint.origin(metadata.name()), old, Hash.sha256(new byte[1]));
            assertThat(witness()
                            .add(request(old, List.of(), fork.sign(writerKey)))
                            .status())
                    .as("another history of the same size, after a restart")
                    .isEqualTo(409);
            var longer = new Checkpoint(Checkpoint.origin(metadata.name()), old + 5, Hash.sha256(new byte[1]));
            assertThat(witness()
                            .add(request(old, List.of(fork.root()), longer.sign(writerKey)))
                            .status())
                    .isEqualTo(422);
        }
    }

    @Test
    void whatIsNotARequestAStrangersLogOrNotTheWritersIsRefused() throws Exception {
        var checkpoint = new Checkpoint(Checkpoint.origin(metadata.name()), 0, Hash.sha256());
        SigningKey stranger = SigningKey.generate();
        CapsuleMetadata other = CapsuleMetadata.create(stranger.verifyingKey(), stranger.verifyingKey(), "other");
        assertThat(witness().add("").status()).isEqualTo(400);
        assertThat(witness().add("old x\n\n" + checkpoint.sign(writerKey)).status())
                .isEqualTo(400);
        assertThat(witness().add("old 0\n!\n\n" + checkpoint.sign(writerKey)).status())
                .isEqualTo(400);
        assertThat(witness()
                        .add(request(7, List.of(), checkpoint.sign(writerKey)))
                        .status())
                .isEqualTo(400);
        assertThat(witness()
                        .add(request(0, List.of(), checkpoint.sign(stranger)))
                        .status())
                .isEqualTo(403);
        assertThat(witness()
                        .add(request(
                                0,
                                List.of(),
                                new Checkpoint(Checkpoint.origin(other.name()), 0, Hash.sha256()).sign(stranger)))
                        .status())
                .isEqualTo(404);
        assertThat(witness()
                        .add(request(0, List.of(), checkpoint.sign(writerKey)))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void aWriterAsksAServerThatHoldsItsCapsule() throws Exception {
        try (Cluster cluster = new Cluster(temp, 1, WriterMode.STRICT);
                CapsuleWriter local = cluster.create(temp.resolve("w"));
                CapsuleReader reader = CapsuleReader.open(temp.resolve("w"), null)) {
            Cluster.Node node = cluster.nodes.getFirst();
            try (var server = new ServerClient(node.address(), cluster.metadata, new Reading(cluster.owner, null))) {
                var nothing = new CapsuleTree(reader);
                assertThatThrownBy(() -> Cosigning.ask(server, nothing, cluster.writerKey))
                        .isInstanceOf(ReplicationException.Refused.class)
                        .hasMessageContaining("404");
                server.create(cluster.delegate(Role.SERVE, node.key));
                for (int i = 0; i < 4; i++) {
                    local.append(List.of(new byte[4], new byte[5], new byte[6]));
                    reader.refresh();
                    var tree = new CapsuleTree(reader);
                    String line = Cosigning.ask(server, tree, cluster.writerKey);
                    assertThat(Cosignature.verify(Checkpoint.of(tree.head()), line, node.key.verifyingKey())
                                    .witness())
                            .isEqualTo(node.key.verifyingKey());
                    assertThat(Cosigning.ask(server, tree, cluster.writerKey))
                            .as("the same again")
                            .isNotEmpty();
                }
            }
        }
    }
}
