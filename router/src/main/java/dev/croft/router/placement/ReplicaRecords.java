package dev.croft.router.placement;

import dev.croft.router.registry.PrivateCloud;
import dev.croft.router.registry.Registry;
import dev.croft.vault.api.KeptAt;
import dev.croft.vault.api.ProblemCode;
import dev.croft.vault.api.ProblemException;
import dev.croft.vault.api.Replicas;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what the registry says of where private clouds are besides, by which they come back when a machine is lost, in step with what their permission
 * managers took: these count their changes, and the registry takes no earlier one for a later. That one was begun is on record before it is passed on,
 * so that a lost answer, or a router that was killed, has the permission manager asked. Thread-safe.
 */
public final class ReplicaRecords {

    private static final Logger LOG = LoggerFactory.getLogger(ReplicaRecords.class);

    private final Registry registry;
    private final Placement placement;
    /** One change at a time for each private cloud; of those only that somebody changes. */
    private final Map<String, Turn> turns = new ConcurrentHashMap<>();

    private final Set<String> unsure = ConcurrentHashMap.newKeySet();
    private volatile boolean looked;

    /** Who changes, and how many are about to. */
    private static final class Turn {
        final ReentrantLock lock = new ReentrantLock();
        int takers;
    }

    public ReplicaRecords(Registry registry, Placement placement) {
        this.registry = registry;
        this.placement = placement;
    }

    /**
     * Has a permission manager change it.
     *
     * @param asked to what, which a host of an earlier build does not tell afterwards
     * @param asking asks and returns the HTTP status
     */
    public int change(PrivateCloud cloud, @Nullable Replicas asked, Placement.Use<Integer> asking) throws Exception {
        Turn turn = take(cloud.id());
        try {
            registry.clouds().replicasUnsure(cloud.id());
            unsure.add(cloud.id());
            int status = 0;
            try {
                status = placement.use(cloud, asking);
                return status;
            } finally {
                tell(cloud, status / 100 == 2, asked);
            }
        } finally {
            give(cloud.id(), turn);
        }
    }

    private Turn take(String id) {
        Turn turn = Objects.requireNonNull(turns.compute(id, (_, there) -> {
            Turn taken = there == null ? new Turn() : there;
            taken.takers++;
            return taken;
        }));
        turn.lock.lock();
        return turn;
    }

    private void give(String id, Turn turn) {
        turn.lock.unlock();
        turns.computeIfPresent(id, (_, there) -> --there.takers == 0 ? null : there);
    }

    @Override
    public String toString() {
        return "ReplicaRecords[" + turns.size() + " being changed]";
    }

    private void tell(PrivateCloud cloud, boolean taken, @Nullable Replicas asked) {
        try {
            KeptAt now = placement.use(cloud, (_, host) -> {
                try {
                    return host.keptAt(cloud.id());
                } catch (ProblemException e) {
                    if (e.code() == ProblemCode.UNKNOWN_ROUTE) {
                        // Of an earlier build: what it was told is all that is known.
                        return new KeptAt(0, taken ? asked : cloud.replicas());
                    }
                    if (e.code() == ProblemCode.UNKNOWN_CLOUD) {
                        return new KeptAt(0, cloud.replicas());
                    }
                    throw e;
                }
            });
            registry.clouds().setReplicas(cloud.id(), now);
            unsure.remove(cloud.id());
        } catch (Exception e) {
            LOG.warn("where private cloud {} is kept besides will be asked again: {}", cloud.id(), e.toString());
        }
    }

    /** Asks permission managers of whose last change the answer was lost. Does nothing where none was. */
    public void settle() {
        if (looked && unsure.isEmpty()) {
            return;
        }
        Set<String> known = Set.copyOf(registry.clouds().replicasUnsure());
        unsure.retainAll(known);
        if (!looked) {
            unsure.addAll(known);
            looked = true;
        }
        for (String id : unsure) {
            Turn turn = take(id);
            try {
                if (unsure.contains(id)) {
                    registry.clouds()
                            .find(id)
                            .ifPresentOrElse(cloud -> tell(cloud, false, null), () -> unsure.remove(id));
                }
            } finally {
                give(id, turn);
            }
        }
    }
}
