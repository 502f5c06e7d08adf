package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.replication.Repair;
import dev.croft.capsule.replication.ReplicationException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Repairs a server's capsules: at each interval it asks the other servers what they hold of each capsule, and pulls what is missing. Now and then it
 * reads everything that is held and takes out what has rotted, so that it is pulled again. Closing it waits for a pull under way.
 */
public final class AntiEntropy implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(AntiEntropy.class.getName());
    private static final int ENOUGH = 4 << 20;

    private final CapsuleShelf shelf;
    private final List<ServerAddress> others;
    private final Map<String, ServerClient> clients = new ConcurrentHashMap<>();
    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(
            2, Thread.ofPlatform().daemon().name("repair-", 0).factory());

    /** Begins to repair from these servers; a zero interval of scrubbing means never. */
    public AntiEntropy(CapsuleShelf shelf, List<ServerAddress> others, Duration interval, Duration scrubbing) {
        this.shelf = shelf;
        this.others = others.stream()
                .filter(other -> !other.key().equals(shelf.key()))
                .toList();
        long millis = interval.toMillis();
        timer.scheduleWithFixedDelay(this::round, millis, millis, TimeUnit.MILLISECONDS);
        if (!scrubbing.isZero()) {
            timer.scheduleWithFixedDelay(
                    this::scrub, scrubbing.toMillis(), scrubbing.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void scrub() {
        try {
            int damaged = shelf.scrub();
            if (damaged > 0) {
                LOG.log(System.Logger.Level.WARNING, "scrubbing found {0} damaged places", damaged);
            }
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "scrubbing failed: {0}", e.getMessage());
        }
    }

    private void round() {
        for (CapsuleName name : shelf.names()) {
            for (ServerAddress other : others) {
                if (!timer.isShutdown()) {
                    pull(name, other);
                }
            }
        }
    }

    /** Pulls one capsule from one server; what does not work now is tried again at the next interval. */
    private void pull(CapsuleName name, ServerAddress other) {
        try {
            HeldCapsule capsule = shelf.capsule(name);
            ServerClient client = clients.computeIfAbsent(
                    name + "/" + other,
                    key -> new ServerClient(
                            other, capsule.metadata(), new Reading(shelf.signer(), capsule.delegation())));
            if (Repair.pull(capsule.replica(), client, ENOUGH).fragments() > 0) {
                capsule.acceptKeys(client.keys());
                capsule.repaired();
            }
        } catch (ReplicationException | CapsuleException | Malformed e) {
            LOG.log(System.Logger.Level.DEBUG, "no repair of {0} from {1}: {2}", name, other, e.getMessage());
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "repair of " + name + " from " + other + " failed", e);
        }
    }

    @Override
    public void close() {
        timer.shutdown();
        clients.values().forEach(ServerClient::close);
        try {
            timer.awaitTermination(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
