package dev.croft.router.placement;

import dev.croft.router.RouterException;
import dev.croft.router.fleet.Fleet;
import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.registry.Registry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Which private clouds are at this router: by the registry, not by what whoever asks has read of it, which may be long ago. It is asked once in a term, as
 * nobody else gives away what a router has while that holds its lease. Thread-safe.
 */
final class Residents {

    private final Registry registry;
    private final Fleet fleet;
    /** What the registry said is here, and in which term. */
    private final Map<String, Long> here = new ConcurrentHashMap<>();

    private final AtomicLong terms = new AtomicLong();

    Residents(Registry registry, Fleet fleet) {
        this.registry = registry;
        this.fleet = fleet;
    }

    /** Changes when everything is let go of: afterwards others may have it, and what was begun before must not go on. */
    long term() {
        return terms.get();
    }

    /**
     * Lets pass only what is at this router, as long as nobody else may have it. To be asked with the private cloud's lock held.
     *
     * @throws RouterException.Unavailable for any other
     */
    void require(String cloudId) {
        if (!isHere(cloudId)) {
            throw new RouterException.Unavailable("the private cloud is at another router");
        }
        if (!fleet.mayServe()) {
            throw new RouterException.Unavailable("this router has lost touch with the others");
        }
    }

    /**
     * Whether it is at this router, by the registry.
     *
     * @throws RouterException.NotFound when there is none
     */
    boolean isHere(String cloudId) {
        long term = terms.get();
        if (Long.valueOf(term).equals(here.get(cloudId))) {
            return true;
        }
        PrivateCloud now =
                registry.clouds().find(cloudId).orElseThrow(() -> new RouterException.NotFound("private cloud"));
        if (!now.home().equals(fleet.self().name())) {
            return false;
        }
        here.put(cloudId, term);
        return terms.get() == term;
    }

    /** It is deleted, or goes to another router. */
    void forget(String cloudId) {
        here.remove(cloudId);
    }

    /** From now on others may have any. */
    void letGo() {
        terms.incrementAndGet();
        here.clear();
    }
}
