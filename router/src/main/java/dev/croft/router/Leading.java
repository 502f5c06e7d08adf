package dev.croft.router;

import dev.croft.router.audit.OperatorLog;
import dev.croft.router.claims.ClaimService;
import dev.croft.router.query.Coordinator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What only the router that leads has open: budget blocks and claims, queries across people, the capsule of operators' acts. Thread-safe. */
final class Leading implements AutoCloseable {

    private final Supplier<Parts> opener;
    private volatile @Nullable Parts parts;
    private boolean resumed;

    /** What is open. */
    record Parts(ClaimService claims, Coordinator coordinator, OperatorLog acts) {}

    /** @param opener opens all of it, or none and throws */
    Leading(Supplier<Parts> opener) {
        this.opener = opener;
    }

    /** Opens it, from what whoever led before left. */
    synchronized void open() {
        if (parts == null) {
            Parts opened = opener.get();
            parts = opened;
            if (resumed) {
                opened.coordinator().resume();
            }
        }
    }

    /** Goes on with queries that are open, now and whenever it is opened again. */
    synchronized void resume() {
        resumed = true;
        Parts now = parts;
        if (now != null) {
            now.coordinator().resume();
        }
    }

    private Parts parts() {
        Parts now = parts;
        if (now == null) {
            throw new RouterException.Unavailable("this router does not lead");
        }
        return now;
    }

    ClaimService claims() {
        return parts().claims();
    }

    Coordinator coordinator() {
        return parts().coordinator();
    }

    OperatorLog acts() {
        return parts().acts();
    }

    /** Puts other routers' acts into the capsule too, if it is open. */
    void follow() {
        Parts now = parts;
        if (now != null) {
            now.acts().wake();
        }
    }

    @Override
    public synchronized void close() {
        Parts now = parts;
        parts = null;
        if (now != null) {
            now.coordinator().close();
            now.claims().close();
            now.acts().close();
        }
    }
}
