package dev.croft.router.registry;

import dev.croft.router.RouterException;
import org.jdbi.v3.core.Handle;

/**
 * Whether this router may write what only one may. Where several share the registry each such write holds a shared lock on the leader's
 * row until it commits: nobody else leads before, and who led before writes nothing after. Thread-safe.
 */
public final class Leadership {

    private final String router;
    private final boolean alone;
    private volatile long epoch;

    Leadership(Database db, Site site) {
        this.router = site.router();
        this.alone = db instanceof GroupedDatabase;
    }

    /** From now on writes are of this epoch; 0: this router does not lead. */
    public void set(long now) {
        epoch = now;
    }

    /**
     * Within a transaction, before it writes.
     *
     * @throws RouterException.Unavailable when another router leads
     */
    void require(Handle handle) {
        if (alone) {
            return;
        }
        long mine = epoch;
        boolean leads = mine > 0
                && handle.createQuery("SELECT epoch FROM leader WHERE router = :router AND epoch = :epoch FOR SHARE")
                        .bind("router", router)
                        .bind("epoch", mine)
                        .mapTo(Long.class)
                        .findOne()
                        .isPresent();
        if (!leads) {
            throw new RouterException.Unavailable("another router leads now");
        }
    }
}
