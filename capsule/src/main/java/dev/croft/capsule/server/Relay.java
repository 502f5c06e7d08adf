package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.replication.ReplicationException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes a server a router in a tree of subscriptions: of each capsule that it holds by a delegation to route, it follows one server or router above it, and whoever follows
 * it gets what came. So each record goes over each link once, however many readers there are below, and each of them can check it. What it keeps is a cache.
 */
public final class Relay implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Relay.class.getName());
    private static final long LOOK_MILLIS = 200;

    private final CapsuleShelf shelf;
    private final List<ServerAddress> above;
    private final Map<CapsuleName, Thread> following = new ConcurrentHashMap<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("relay").factory());

    /** Begins to relay what the shelf holds, from the first of these that answers; from none, nothing. */
    public Relay(CapsuleShelf shelf, List<ServerAddress> above) {
        this.shelf = shelf;
        this.above = List.copyOf(above);
        if (above.isEmpty()) {
            return;
        }
        timer.scheduleWithFixedDelay(this::look, 0, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        for (CapsuleName name : shelf.names()) {
            following.computeIfPresent(name, (_, thread) -> thread.isAlive() ? thread : null);
            following.computeIfAbsent(name, _ -> begin(name));
        }
    }

    private @Nullable Thread begin(CapsuleName name) {
        try {
            HeldCapsule capsule = shelf.capsule(name);
            return capsule.delegation().role() == Role.ROUTE
                    ? Thread.ofVirtual().name("relay-" + name).start(() -> follow(capsule))
                    : null;
        } catch (ReplicationException e) {
            LOG.log(System.Logger.Level.DEBUG, "{0} is not relayed: {1}", name, e.getMessage());
            return null;
        }
    }

    private void follow(HeldCapsule capsule) {
        var reading = new Reading(shelf.signer(), capsule.delegation());
        try (var connections = new ServerConnections();
                var servers = new Servers(Locating.at(above), capsule.metadata(), reading, connections)) {
            new Following(capsule.replica(), capsule.main(), servers, _ -> {
                        capsule.repaired();
                        return !timer.isShutdown();
                    })
                    .run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
        following.values().forEach(Thread::interrupt);
    }
}
