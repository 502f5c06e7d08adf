package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.VerifyingKey;
import dev.croft.capsule.replication.Nearness;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.replication.Summary;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The servers of one capsule as someone who reads it knows them: the nearest first, by how long they took to answer. When some do not answer, others are asked
 * for, so that requests follow a capsule that has moved. Thread-safe.
 */
final class Servers implements AutoCloseable {
    private static final int MOST = 64;
    private static final long ABOUT_AS_NEAR_MILLIS = 50;

    private final Locating locating;
    private final CapsuleMetadata metadata;
    private final Reading reading;
    private final ServerConnections connections;
    private final Nearness<VerifyingKey> nearness = new Nearness<>();
    private final List<ServerClient> clients = new ArrayList<>();
    private final ExecutorService asking = Executors.newVirtualThreadPerTaskExecutor();
    private boolean closed;

    /** The connections stay the caller's to close, after this. */
    Servers(Locating locating, CapsuleMetadata metadata, Reading reading, ServerConnections connections) {
        this.connections = connections;
        this.locating = locating;
        this.metadata = metadata;
        this.reading = reading;
        add(locating.find(List.of()));
    }

    /** All that are known, the nearest first. */
    synchronized List<ServerClient> nearestFirst() {
        List<VerifyingKey> keys = clients.stream()
                .map(client -> client.address().key())
                .distinct()
                .toList();
        return nearness.nearestFirst(keys).stream()
                .flatMap(key ->
                        clients.stream().filter(client -> client.address().key().equals(key)))
                .toList();
    }

    /** What a server holds; how long it took to say so is remembered. */
    Summary summary(ServerClient server) {
        VerifyingKey key = server.address().key();
        long start = System.nanoTime();
        try {
            Summary summary = server.summary();
            nearness.answered(key, System.nanoTime() - start);
            return summary;
        } catch (ReplicationException | Malformed e) {
            nearness.failed(key);
            throw e;
        }
    }

    /** Asks all, and waits for the first that answers and those that are about as near; none when none does. */
    List<ServerClient> answeringNow() throws InterruptedException {
        List<ServerClient> all = nearestFirst();
        var answers = new ExecutorCompletionService<ServerClient>(asking);
        for (ServerClient server : all) {
            answers.submit(() -> {
                summary(server);
                return server;
            });
        }
        List<ServerClient> answered = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            Future<ServerClient> next =
                    answered.isEmpty() ? answers.take() : answers.poll(ABOUT_AS_NEAR_MILLIS, TimeUnit.MILLISECONDS);
            if (next == null) {
                break;
            }
            try {
                answered.add(next.get());
            } catch (ExecutionException e) {
                // It counts as far away now.
                continue;
            }
        }
        return nearestFirst().stream().filter(answered::contains).toList();
    }

    /**
     * Asks again who serves the capsule, leaving out those that failed; these are forgotten when others are found.
     *
     * @return whether there is one now that was not known before
     */
    boolean findOthers() {
        List<VerifyingKey> failed = nearestFirst().stream()
                .map(client -> client.address().key())
                .filter(nearness::hasFailed)
                .toList();
        List<ServerAddress> found;
        try {
            found = locating.find(failed);
        } catch (ReplicationException | Malformed e) {
            return false;
        }
        return add(found);
    }

    private synchronized boolean add(List<ServerAddress> found) {
        List<ServerAddress> fresh = found.stream()
                .distinct()
                .filter(address ->
                        clients.stream().noneMatch(client -> client.address().equals(address)))
                .limit(MOST)
                .toList();
        if (closed || fresh.isEmpty()) {
            return false;
        }
        List<ServerClient> gone = clients.stream()
                .filter(client -> !found.contains(client.address())
                        && nearness.hasFailed(client.address().key()))
                .toList();
        gone.forEach(ServerClient::close);
        clients.removeAll(gone);
        fresh.forEach(address -> clients.add(new ServerClient(address, metadata, reading, connections)));
        return true;
    }

    @Override
    public synchronized void close() {
        closed = true;
        asking.shutdownNow();
        clients.forEach(ServerClient::close);
    }
}
