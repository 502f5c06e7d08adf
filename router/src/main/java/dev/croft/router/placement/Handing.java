package dev.croft.router.placement;

import dev.croft.router.RouterException;
import dev.croft.vault.api.CloudState;
import dev.croft.vault.api.CloudStatus;
import dev.croft.vault.api.HandoverRequest;
import dev.croft.vault.api.HostStatus;
import dev.croft.vault.api.PmClient;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.SealedKey;
import dev.croft.vault.api.VaultException;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How an owner's key leaves a host. The host puts it aside, where it opens nothing, and forgets it when whoever is next has the private cloud, or takes
 * it back when that is not so. While neither is known, as after an answer was lost or the router was killed, it is <em>undecided</em>, and is decided
 * before the private cloud is next used, by asking. To be called with the private cloud's lock held for writing. Thread-safe.
 */
final class Handing {

    private static final Logger LOG = LoggerFactory.getLogger(Handing.class);

    private final PmHost shared;
    /** Where a key may lie aside, and who may have it instead. */
    private final Map<String, Undecided> undecided = new ConcurrentHashMap<>();
    /** Where one lies aside that is not to be taken back, which its host could not be told yet. */
    private final Map<String, PmHost> toDrop = new ConcurrentHashMap<>();
    /** What was given to another router while a host of an earlier build here, which does not let go of one key, has the key still. */
    private final Set<String> kept = ConcurrentHashMap.newKeySet();

    /** @param to the host here that may have the key; {@code null}: another router may have the private cloud */
    private record Undecided(PmHost from, @Nullable PmHost to) {}

    Handing(PmHost shared) {
        this.shared = shared;
    }

    boolean isUndecided(String cloud) {
        return undecided.containsKey(cloud);
    }

    /** Whether something is still to be decided or said of it. */
    boolean isOpen(String cloud) {
        return undecided.containsKey(cloud) || toDrop.containsKey(cloud);
    }

    /** Those of which something is still to be decided or said. */
    Set<String> open() {
        Set<String> open = new TreeSet<>(undecided.keySet());
        open.addAll(toDrop.keySet());
        return open;
    }

    /** A host that outlived a former router has the key aside. */
    void found(String cloud, PmHost from, @Nullable PmHost to) {
        undecided.put(cloud, new Undecided(from, to));
    }

    /**
     * Has one host here seal the key to another, which opens the private cloud with it.
     *
     * @param waiting what the other said of it
     * @throws VaultException when that did not happen; the former has the key then, as far as the hosts answer
     */
    CloudStatus over(String cloud, PmHost from, PmHost to, CloudStatus waiting) {
        toDrop.remove(cloud);
        found(cloud, from, to);
        SealedKey key;
        try {
            key = client(from).handover(cloud, new HandoverRequest(waiting.hostKey(), waiting.challenge()));
        } catch (ProblemException e) {
            if (e.code() != ProblemCode.INTERNAL) {
                undecided.remove(cloud);
            }
            throw e;
        }
        CloudStatus now;
        try {
            now = client(to).unlock(cloud, key);
        } catch (VaultException e) {
            try {
                settle(cloud);
            } catch (VaultException | RouterException later) {
                LOG.warn("where the key of private cloud {} is will be asked again: {}", cloud, later.toString());
            }
            throw e;
        }
        forget(cloud, from);
        return now;
    }

    /**
     * Finds out who has the key, so that one host has it and no other. For what is at this router.
     *
     * @throws VaultException while that cannot be said
     */
    void settle(String cloud) {
        Undecided open = undecided.get(cloud);
        if (open == null) {
            return;
        }
        PmHost to = open.to();
        if (to != null && to.isRunning()) {
            if (has(to, cloud)) {
                if (open.from() != shared) {
                    // Whoever used it there would find it locked, and with the process goes the key.
                    open.from().stop();
                }
                forget(cloud, open.from());
                return;
            }
            // Nor does it get it from a seal that is on the way still.
            if (!told(to, host -> host.release(cloud))) {
                LOG.warn("private cloud {} waits for its owner's key: its host is of an earlier build", cloud);
                forget(cloud, open.from());
                return;
            }
            if (to != shared) {
                to.stop();
            }
        }
        if (open.from().isRunning()) {
            told(open.from(), host -> host.keep(cloud));
        }
        undecided.remove(cloud);
    }

    private static boolean has(PmHost host, String cloud) {
        try {
            return client(host).cloud(cloud).state() != CloudState.LOCKED;
        } catch (ProblemException e) {
            if (e.code() == ProblemCode.UNKNOWN_CLOUD) {
                return false;
            }
            throw e;
        }
    }

    /**
     * Has the shared host put the key aside before another router has the private cloud.
     *
     * @return whether it did; one of an earlier build does not know how to, and is to have the private cloud asleep instead
     * @throws VaultException when it does not answer
     */
    boolean aside(String cloud) {
        toDrop.remove(cloud);
        if (!shared.isRunning()) {
            return true;
        }
        found(cloud, shared, null);
        boolean did = told(shared, host -> host.hold(cloud));
        if (!did) {
            undecided.remove(cloud);
        }
        return did;
    }

    /**
     * Another router has it now. Whatever a host says or does not say, this waits for none.
     *
     * @param aside what {@link #aside} said
     */
    void given(String cloud, boolean aside) {
        if (aside) {
            forget(cloud, shared);
            return;
        }
        try {
            if (shared.isRunning() && !told(shared, host -> host.release(cloud)) && has(shared, cloud)) {
                kept.add(cloud);
                endUnlessNeeded(cloud);
            }
        } catch (VaultException | RouterException e) {
            LOG.warn(
                    "the key of private cloud {}, which is given away, is here until its host ends: {}",
                    cloud,
                    e.toString());
        }
    }

    /** Its owner brought the key to the shared host. */
    void brought(String cloud) {
        kept.remove(cloud);
    }

    /** A host of an earlier build forgets a key by ending, which it does as soon as it has no others. */
    private void endUnlessNeeded(String cloud) {
        HostStatus status = client(shared).status();
        if (status.awake() == 0 && status.asleep() <= kept.size()) {
            LOG.info("the host of an earlier build ends: all whose keys it has are given away");
            shared.restart();
            kept.clear();
        } else {
            LOG.warn(
                    "the key of private cloud {}, which is given away, is here until its host, of an earlier build, ends",
                    cloud);
        }
    }

    /** What lies aside of it is not to be taken back. */
    private void forget(String cloud, PmHost from) {
        toDrop.put(cloud, from);
        undecided.remove(cloud);
        drop(cloud);
    }

    /** Tells a host to forget what lies aside, if that is still to be told. */
    void drop(String cloud) {
        PmHost from = toDrop.get(cloud);
        if (from == null) {
            return;
        }
        try {
            if (from.isRunning()) {
                told(from, host -> host.drop(cloud));
            }
            toDrop.remove(cloud);
        } catch (VaultException | RouterException e) {
            LOG.info("a key that is not to be taken back is dropped later: {}", e.toString());
        }
    }

    /** It is deleted. */
    void forget(String cloud) {
        undecided.remove(cloud);
        toDrop.remove(cloud);
        kept.remove(cloud);
    }

    private static PmClient client(PmHost host) {
        return host.ready().client();
    }

    /** Whether the host knows what it is told; a private cloud that it does not have has no key there. */
    private static boolean told(PmHost host, Consumer<PmClient> what) {
        try {
            what.accept(client(host));
            return true;
        } catch (ProblemException e) {
            if (e.code() == ProblemCode.UNKNOWN_CLOUD) {
                return true;
            }
            if (e.code() == ProblemCode.UNKNOWN_ROUTE) {
                return false;
            }
            throw e;
        }
    }
}
