package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleOptions;
import dev.croft.capsule.CapsuleReplica;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.replication.Fork;
import dev.croft.capsule.replication.Fragment;
import dev.croft.capsule.replication.Piece;
import dev.croft.capsule.replication.Point;
import dev.croft.capsule.replication.ReadQuorum;
import dev.croft.capsule.replication.Repair;
import dev.croft.capsule.replication.Replica;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.replication.Summary;
import dev.croft.capsule.replication.Want;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;

/**
 * Reads a capsule that is on several servers, believing none of them: it keeps a copy of its own, into which only goes what verifies, and asks
 * as many servers for their heads as the caller wants. Thread-safe but for {@link #close}.
 */
public final class ReplicatedReader implements AutoCloseable {
    private static final int ENOUGH = 4 << 20;
    private static final int ROUNDS = 3;

    private final Path directory;
    private final DiskPieces pieces;
    private final Replica replica;
    private final Servers servers;
    private final int needed;
    private final ServerConnections connections;
    private final boolean connectionsAreMine;
    private final ExecutorService asking = Executors.newVirtualThreadPerTaskExecutor();

    /**
     * A reader with a copy in a directory, which is made or gone on with.
     *
     * @param needed how many servers must answer: with the writer's durability W of N, more than N - W to see every acknowledged record
     */
    public ReplicatedReader(
            Path directory, CapsuleMetadata metadata, List<ServerAddress> addresses, Reading reading, int needed)
            throws IOException {
        this(directory, metadata, Locating.at(addresses), reading, needed);
    }

    /** As the other one, with servers that are found, and found anew when they do not answer. */
    public ReplicatedReader(Path directory, CapsuleMetadata metadata, Locating servers, Reading reading, int needed)
            throws IOException {
        this(directory, metadata, servers, reading, needed, new ServerConnections(), true);
    }

    /** As the first, over connections that others use too and that stay open. */
    public ReplicatedReader(
            Path directory,
            CapsuleMetadata metadata,
            List<ServerAddress> addresses,
            Reading reading,
            int needed,
            ServerConnections connections)
            throws IOException {
        this(directory, metadata, Locating.at(addresses), reading, needed, connections, false);
    }

    private ReplicatedReader(
            Path directory,
            CapsuleMetadata metadata,
            Locating locating,
            Reading reading,
            int needed,
            ServerConnections connections,
            boolean connectionsAreMine)
            throws IOException {
        this.directory = directory;
        this.needed = needed;
        this.connections = connections;
        this.connectionsAreMine = connectionsAreMine;
        // First, as it may find none, and then no files are open.
        this.servers = new Servers(locating, metadata, reading, connections);
        this.pieces = new DiskPieces(directory, metadata, CapsuleOptions.standard());
        this.replica = new Replica(metadata, pieces);
    }

    /**
     * What was found.
     *
     * @param head the newest head; everything before it that any of the servers has is in the copy now
     * @param branches other heads of a quasi-single-writer's capsule that none follows, and heads that older servers are at
     * @param evidence forks of a strict writer
     */
    public record View(Heartbeat head, List<Heartbeat> branches, List<Fork> evidence) {}

    /** The copy's folder: give it to {@code CapsuleReader.open}, which reads the main history. */
    public Path directory() {
        return directory;
    }

    /** The copy's pieces: the main history, branches, and what lies behind holes. */
    public List<Piece> pieces() {
        return replica.pieces();
    }

    /**
     * Brings the copy up to the newest head.
     *
     * @param notOlderThan by the writer's clock; {@link Instant#EPOCH} when it does not matter
     * @throws ReplicationException.NotEnough when fewer servers than needed answered
     * @throws ReplicationException.Stale when all that was found is older
     * @throws ReplicationException.Unknown when the servers have nothing of it yet
     */
    public View refresh(Instant notOlderThan) throws InterruptedException {
        try {
            return refreshOnce(notOlderThan);
        } catch (ReplicationException.NotEnough | ReplicationException.Unknown | ReplicationException.Stale e) {
            // The capsule may have moved.
            if (!servers.findOthers()) {
                throw e;
            }
            return refreshOnce(notOlderThan);
        }
    }

    private View refreshOnce(Instant notOlderThan) throws InterruptedException {
        var quorum = new ReadQuorum(replica.metadata(), needed);
        List<ServerClient> asked = servers.nearestFirst();
        record Answer(int server, Summary summary) {}
        var answers = new ExecutorCompletionService<Answer>(asking);
        for (int i = 0; i < asked.size(); i++) {
            int server = i;
            answers.submit(() -> {
                try {
                    return new Answer(server, servers.summary(asked.get(server)));
                } catch (ReplicationException.Unknown e) {
                    // It says that it has nothing, which is an answer.
                    return new Answer(server, new Summary(List.of(), List.of()));
                }
            });
        }
        for (int i = 0; i < asked.size() && !quorum.isComplete(); i++) {
            try {
                Answer answer = answers.take().get();
                quorum.answer(answer.server(), answer.summary());
            } catch (ExecutionException e) {
                // One that does not answer, or not in a way that can be read, does not count.
                continue;
            }
        }
        Heartbeat newest = quorum.newest(notOlderThan)
                .orElseThrow(() -> new ReplicationException.Unknown("the servers have nothing of this capsule yet"));
        List<ServerClient> having =
                quorum.servers(newest).stream().map(asked::get).toList();
        List<ServerClient> order = new ArrayList<>(servers.nearestFirst());
        order.sort(Comparator.comparing(client -> !having.contains(client)));
        // A server may fail just while it is asked, and have what no other has.
        for (int round = 0; round < ROUNDS; round++) {
            for (ServerClient server : order) {
                if (!isWhole(newest)) {
                    pull(server);
                }
            }
        }
        return new View(newest, quorum.heads().stream().skip(1).toList(), quorum.evidence());
    }

    /** Whether the copy has everything from the beginning up to this head. */
    public boolean isWhole(Heartbeat head) {
        return replica.isWhole(Point.of(head));
    }

    /** Whether this head is on the main history, which is read in the copy's folder; if not, {@link #export} it. */
    public boolean isMain(Heartbeat head) {
        return pieces.main().holds(head.hash(), head.size());
    }

    private void pull(ServerClient server) {
        try {
            Repair.pull(replica, server, ENOUGH);
            KeyBundle.accept(pieces.main(), server.keys());
        } catch (ReplicationException | Malformed e) {
            // Another one may have it.
        }
    }

    /**
     * Follows the capsule: whenever the copy has grown, {@code grown} is told the newest head of what came and says whether to go on. Goes from server to
     * server as they come and go.
     */
    public void follow(Predicate<Heartbeat> grown) throws InterruptedException {
        new Following(replica, pieces.main(), servers, grown).run();
    }

    /**
     * Copies one history out of this copy, from the beginning to a head, into a new folder: so a quasi-single writer goes on from a branch, and anyone reads
     * one that is not the main history.
     *
     * @throws ReplicationException.Unknown when there is a hole in it
     */
    public void export(Heartbeat head, Path folder) throws IOException {
        Files.createDirectories(folder);
        CapsuleMetadata metadata = replica.metadata();
        try (var copy = CapsuleReplica.open(folder, metadata, CapsuleOptions.standard())) {
            while (!copy.tip().id().equals(head.hash())) {
                Point at = Point.of(copy.tip());
                Fragment next = replica.fetch(new Want(Point.of(head), List.of(at), ENOUGH))
                        .filter(fragment -> fragment.base().equals(copy.tip()))
                        .orElseThrow(() -> new ReplicationException.Unknown("there is a hole before that head"));
                copy.accept(next.frames());
            }
            pieces.main().keyFiles(head.epoch()).forEach(copy::acceptKeys);
        }
    }

    @Override
    public void close() {
        asking.shutdownNow();
        servers.close();
        if (connectionsAreMine) {
            connections.close();
        }
        replica.whileIdle(pieces::close);
    }
}
