package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.WriterMode;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.delegation.Delegation;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.replication.Durability;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Some servers of one test, on loopback, and the keys of one capsule. */
final class Cluster implements AutoCloseable {
    static final Instant NOW = Instant.now();

    final SigningKey owner = SigningKey.generate();
    final SigningKey writerKey = SigningKey.generate();
    final ReaderKey reader = ReaderKey.generate();
    final CapsuleMetadata metadata;
    final List<Node> nodes = new ArrayList<>();
    private final Path root;

    /** A server; it may be down. */
    final class Node {
        final SigningKey key = SigningKey.generate();
        final Path folder;
        CapsuleShelf.Limits limits = CapsuleShelf.Limits.standard();
        InstantSource clock = InstantSource.system();
        private int port;

        @Nullable
        CapsuleShelf shelf;

        @Nullable
        CapsuleServer server;

        Node(int number) {
            this.folder = root.resolve("server" + number);
        }

        void start() throws IOException {
            shelf = new CapsuleShelf(folder, key, limits, clock);
            server = CapsuleServer.start(shelf, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            port = server.port();
        }

        void stop() {
            if (server != null && shelf != null) {
                server.close();
                shelf.close();
            }
        }

        ServerAddress address() {
            return new ServerAddress(key.verifyingKey(), "127.0.0.1", port);
        }

        Path capsule() {
            return folder.resolve(metadata.name().toString());
        }
    }

    Cluster(Path root, int servers, WriterMode mode) throws IOException {
        this.root = root;
        this.metadata = CapsuleMetadata.create(owner.verifyingKey(), writerKey.verifyingKey(), "test", mode);
        for (int i = 0; i < servers; i++) {
            Node node = new Node(i);
            nodes.add(node);
            node.start();
        }
    }

    Delegation delegate(Role role, SigningKey to) {
        return Delegation.issue(
                owner, metadata.name(), role, to.verifyingKey(), NOW.minusSeconds(60), NOW.plusSeconds(3600));
    }

    List<ServerAddress> addresses() {
        return nodes.stream().map(Node::address).toList();
    }

    CapsuleWriter create(Path directory) {
        return CapsuleWriter.create(directory, metadata, writerKey, List.of(reader.publicKey()));
    }

    ReplicatedWriter replicate(CapsuleWriter local, Path directory, Durability durability) {
        return new ReplicatedWriter(
                local,
                directory,
                nodes.stream()
                        .map(node -> new ReplicatedWriter.Target(node.address(), delegate(Role.SERVE, node.key)))
                        .toList(),
                new Reading(writerKey, null),
                durability,
                Duration.ofSeconds(20));
    }

    Reading reading() {
        SigningKey key = SigningKey.generate();
        return new Reading(key, delegate(Role.READ, key));
    }

    ReplicatedReader read(Path directory, int needed) throws IOException {
        return new ReplicatedReader(directory, metadata, addresses(), reading(), needed);
    }

    @Override
    public void close() {
        nodes.forEach(Node::stop);
    }
}
