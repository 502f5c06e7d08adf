package dev.croft.router.registry;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** PM host processes of this router, as last recorded; what really runs, the runtime knows. */
public final class Hosts {

    private final Database db;
    private final Clock clock;

    private final Site site;

    Hosts(Database db, Clock clock, Site site) {
        this.db = db;
        this.clock = clock;
        this.site = site;
    }

    /** Records what became of a host. */
    public Host record(String id, @Nullable String workloadId, @Nullable Integer port, Host.State state) {
        Host host = new Host(id, workloadId, port, state, clock.instant());
        db.change(handle -> {
            int known = handle.createUpdate(
                            "UPDATE hosts SET workload_id = :workloadId, port = :port, state = :state, since = :since"
                                    + " WHERE id = :id")
                    .bind("id", site.stored(id))
                    .bindMethods(host)
                    .execute();
            if (known == 0) {
                handle.createUpdate("INSERT INTO hosts (id, workload_id, port, state, since, router)"
                                + " VALUES (:id, :workloadId, :port, :state, :since, :router)")
                        .bind("id", site.stored(id))
                        .bind("router", site.router())
                        .bindMethods(host)
                        .execute();
            }
        });
        return host;
    }

    public Optional<Host> find(String id) {
        return db.read(handle -> handle.createQuery("SELECT * FROM hosts WHERE id = :id")
                        .bind("id", site.stored(id))
                        .mapTo(Host.class)
                        .findOne())
                .map(this::local);
    }

    public List<Host> list() {
        return db
                .read(handle -> handle.createQuery("SELECT * FROM hosts WHERE router = :router ORDER BY id")
                        .bind("router", site.router())
                        .mapTo(Host.class)
                        .list())
                .stream()
                .map(this::local)
                .toList();
    }

    private Host local(Host stored) {
        return new Host(site.local(stored.id()), stored.workloadId(), stored.port(), stored.state(), stored.since());
    }

    /** Forgets a host and its placements. */
    public void delete(String id) {
        db.change(handle -> handle.createUpdate("DELETE FROM hosts WHERE id = :id")
                .bind("id", site.stored(id))
                .execute());
    }
}
