package dev.croft.router.placement;

import dev.croft.router.RouterException;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.registry.Registry;
import dev.croft.vault.api.VaultException;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings to an end what was begun with keys and broke off, each with its private cloud's lock: by whether that is at this router, and by what hosts say.
 * Thread-safe.
 */
final class Settling {

    private static final Logger LOG = LoggerFactory.getLogger(Settling.class);

    private final Registry registry;
    private final HostProcesses hosts;
    private final Residents residents;
    private final Handing handing;
    private final Function<String, ReentrantReadWriteLock> locks;
    private final Function<PrivateCloud, PrivateCloud.Hosting> hosting;

    Settling(
            Registry registry,
            HostProcesses hosts,
            Residents residents,
            Handing handing,
            Function<String, ReentrantReadWriteLock> locks,
            Function<PrivateCloud, PrivateCloud.Hosting> hosting) {
        this.registry = registry;
        this.hosts = hosts;
        this.residents = residents;
        this.handing = handing;
        this.locks = locks;
        this.hosting = hosting;
    }

    /** What a former router left, by the hosts that outlived it. */
    void find() {
        PmHost shared = hosts.shared();
        asides(shared).forEach(id -> handing.found(id, shared, isOfItsOwn(id) ? hosts.own(id) : null));
        hosts.ownThatRun().forEach((id, host) -> {
            if (asides(host).contains(id)) {
                handing.found(id, host, shared);
            }
        });
        all();
    }

    private static List<String> asides(PmHost host) {
        try {
            return host.running().map(running -> running.client().aside()).orElse(List.of());
        } catch (VaultException e) {
            // One of an earlier build puts none aside.
            LOG.debug("host {} says of no keys that lie aside: {}", host.id(), e.toString());
            return List.of();
        }
    }

    private boolean isOfItsOwn(String id) {
        return registry.clouds()
                .find(id)
                .filter(cloud -> hosting.apply(cloud) == PrivateCloud.Hosting.OWN_PROCESS)
                .isPresent();
    }

    /** Everything, but of private clouds that are in use. */
    void all() {
        for (String id : handing.open()) {
            ReentrantReadWriteLock.WriteLock changing = locks.apply(id).writeLock();
            if (!changing.tryLock()) {
                continue;
            }
            try {
                if (handing.isUndecided(id)) {
                    decide(id);
                }
                handing.drop(id);
            } catch (VaultException | RouterException e) {
                LOG.warn("where the key of private cloud {} is will be asked again: {}", id, e.toString());
            } finally {
                changing.unlock();
            }
        }
    }

    /**
     * One before it is used, whoever uses it meanwhile.
     *
     * @throws RouterException.Unavailable when it is not at this router, or a host does not answer
     */
    void one(PrivateCloud cloud) {
        ReentrantReadWriteLock.WriteLock changing = locks.apply(cloud.id()).writeLock();
        changing.lock();
        try {
            residents.require(cloud.id());
            handing.settle(cloud.id());
        } catch (VaultException e) {
            throw new RouterException.Unavailable("it is not known yet which host has the owner's key", e);
        } finally {
            changing.unlock();
        }
    }

    /** One whose lock is held: it goes on here, or is another router's. */
    void decide(String id) {
        boolean here;
        try {
            here = residents.isHere(id);
        } catch (RouterException.NotFound e) {
            here = false;
        }
        if (here) {
            residents.require(id);
            handing.settle(id);
        } else {
            handing.given(id, true);
        }
    }
}
