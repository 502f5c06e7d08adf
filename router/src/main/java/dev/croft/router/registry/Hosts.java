package dev.croft.router.registry;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** PM host processes, as last recorded; what really runs, the runtime knows. */
public final class Hosts {

    private final Database db;
    private final Clock clock;

    Hosts(Database db, Clock clock) {
        this.db = db;
        this.clock = clock;
    }

    /** Records what became of a host. */
    public Host record(String id, @Nullable String workloadId, @Nullable Integer port, Host.State state) {
        Host host = new Host(id, workloadId, port, state, clock.instant());
        db.change(handle -> {
            int known = handle.createUpdate(
                            "UPDATE hosts SET workload_id = :workloadId, port = :port, state = :state, since = :since"
                                    + " WHERE id = :id")
                    .bindMethods(host)
                    .execute();
            if (known == 0) {
                handle.createUpdate("INSERT INTO hosts (id, workload_id, port, state, since)"
                                + " VALUES (:id, :workloadId, :port, :state, :since)")
                        .bindMethods(host)
                        .execute();
            }
        });
        return host;
    }

    public Optional<Host> find(String id) {
        return db.read(handle -> handle.createQuery("SELECT * FROM hosts WHERE id = :id")
                .bind("id", id)
                .mapTo(Host.class)
                .findOne());
    }

    public List<Host> list() {
        return db.read(handle -> handle.createQuery("SELECT * FROM hosts ORDER BY id")
                .mapTo(Host.class)
                .list());
    }

    /** Forgets a host and its placements. */
    public void delete(String id) {
        db.change(handle -> handle.createUpdate("DELETE FROM hosts WHERE id = :id")
                .bind("id", id)
                .execute());
    }
}
