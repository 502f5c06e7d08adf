package dev.croft.capsule.server;

import dev.croft.capsule.CapsuleName;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.routing.Advertisement;
import dev.croft.capsule.routing.Resolver;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Advertises again and again, at the resolver of a server's own domain, the capsules whose owners delegated routing to it. */
public final class Advertiser implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Advertiser.class.getName());
    private static final int TIMES_WITHIN_LIFE = 4;

    private final CapsuleShelf shelf;
    private final Resolver resolver;
    private final ServerAddress self;
    private final Duration lasting;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("advertise").factory());

    /**
     * Begins to advertise.
     *
     * @param self where others find this server
     * @param lasting how long each advertisement lasts; it is renewed after a quarter of that
     */
    public Advertiser(CapsuleShelf shelf, Resolver resolver, ServerAddress self, Duration lasting) {
        this.shelf = shelf;
        this.resolver = resolver;
        this.self = self;
        this.lasting = lasting;
        long millis = Math.max(1, lasting.toMillis() / TIMES_WITHIN_LIFE);
        timer.scheduleWithFixedDelay(() -> round(lasting), 0, millis, TimeUnit.MILLISECONDS);
    }

    private void round(Duration lifetime) {
        for (CapsuleName name : shelf.names()) {
            try {
                HeldCapsule capsule = shelf.capsule(name);
                resolver.advertise(
                        Advertisement.sign(
                                shelf.signer(),
                                capsule.metadata(),
                                capsule.delegation(),
                                capsule.routes(),
                                self.host(),
                                self.port(),
                                shelf.clock().instant(),
                                lifetime),
                        0);
            } catch (ReplicationException e) {
                LOG.log(System.Logger.Level.DEBUG, "{0} is not advertised: {1}", name, e.getMessage());
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.WARNING, "advertising " + name + " failed", e);
            }
        }
    }

    /** Advertises all now, without waiting for the next time. */
    public void now() {
        round(lasting);
    }

    /** Withdraws what it advertised. */
    @Override
    public void close() {
        timer.shutdownNow();
        round(Duration.ZERO);
    }
}
