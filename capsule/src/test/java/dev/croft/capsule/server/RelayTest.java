package dev.croft.capsule.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleVerifier;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.WriterMode;
import dev.croft.capsule.delegation.Delegation.Role;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RelayTest {
    private static final int READERS = 6;
    private static final int RECORDS = 40;

    @TempDir
    Path temp;

    private static CapsuleShelf shelf(Cluster.Node node) {
        return Objects.requireNonNull(node.shelf);
    }

    private static int followers(Cluster.Node node) {
        return Objects.requireNonNull(node.server).followers();
    }

    private Thread follow(Cluster cluster, int number, Cluster.Node from) {
        return Thread.ofVirtual().start(() -> {
            try (var reader = new ReplicatedReader(
                    temp.resolve("reader" + number), cluster.metadata, List.of(from.address()), cluster.reading(), 1)) {
                reader.follow(head -> head.size() < RECORDS);
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void manyReadersFollowThroughATreeOfRoutersWithOneStreamOnEachLink() throws Exception {
        try (Cluster cluster = new Cluster(temp, 4, WriterMode.STRICT);
                CapsuleWriter local = cluster.create(temp.resolve("w"));
                CapsuleReader own = CapsuleReader.open(temp.resolve("w"), null)) {
            Cluster.Node server = cluster.nodes.get(0);
            Cluster.Node root = cluster.nodes.get(1);
            List<Cluster.Node> leaves = cluster.nodes.subList(2, 4);
            shelf(server).create(cluster.metadata, cluster.delegate(Role.SERVE, server.key));
            for (Cluster.Node router : cluster.nodes.subList(1, 4)) {
                shelf(router).create(cluster.metadata, cluster.delegate(Role.ROUTE, router.key));
            }
            try (var top = new Relay(shelf(root), List.of(server.address()));
                    var left = new Relay(shelf(leaves.get(0)), List.of(root.address()));
                    var right = new Relay(shelf(leaves.get(1)), List.of(root.address()));
                    var pusher =
                            new ServerClient(server.address(), cluster.metadata, new Reading(cluster.owner, null))) {
                List<Thread> readers = new ArrayList<>();
                for (int i = 0; i < READERS; i++) {
                    readers.add(follow(cluster, i, leaves.get(i % 2)));
                }
                Awaitility.await()
                        .atMost(Duration.ofMinutes(1))
                        .until(() ->
                                followers(leaves.get(0)) + followers(leaves.get(1)) == READERS && followers(root) == 2);
                while (local.size() < RECORDS) {
                    local.append(new byte[100]);
                    if (local.size() % 10 == 0) {
                        own.refresh();
                        Push.to(pusher, own, cluster.delegate(Role.SERVE, server.key));
                        assertThat(followers(server)).isEqualTo(1);
                    }
                }
                for (Thread reader : readers) {
                    assertThat(reader.join(Duration.ofMinutes(1))).isTrue();
                }
            }
            for (int i = 0; i < READERS; i++) {
                assertThat(CapsuleVerifier.verify(temp.resolve("reader" + i), local.head())
                                .intact())
                        .isTrue();
            }
        }
    }
}
