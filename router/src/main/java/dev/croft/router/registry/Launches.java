package dev.croft.router.registry;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Launches of services, kept after they ended. */
public final class Launches {

    private final Database db;
    private final Clock clock;

    private final Site site;

    Launches(Database db, Clock clock, Site site) {
        this.db = db;
        this.clock = clock;
        this.site = site;
    }

    /** Records a launch that waits for its turn. */
    public Launch queue(String cloudId, String accountId, CatalogueEntry entry, String grantId, String input) {
        Launch launch = new Launch(
                UUID.randomUUID().toString(),
                cloudId,
                accountId,
                entry.name(),
                entry.version(),
                entry.digest(),
                grantId,
                input,
                null,
                Launch.State.QUEUED,
                null,
                null,
                clock.instant(),
                null,
                null);
        db.change(handle -> handle.createUpdate(
                        "INSERT INTO launches"
                                + " (id, cloud_id, account_id, service, version, digest, grant_id, input, state, created) VALUES"
                                + " (:id, :cloudId, :accountId, :service, :version, :digest, :grantId, :input, :state, :created)")
                .bindMethods(launch)
                .execute());
        return launch;
    }

    public Optional<Launch> find(String id) {
        return db.read(handle -> handle.createQuery("SELECT * FROM launches WHERE id = :id")
                .bind("id", id)
                .mapTo(Launch.class)
                .findOne());
    }

    /** A private cloud's launches, newest first. */
    public List<Launch> ofCloud(String cloudId) {
        return db.read(handle -> handle.createQuery(
                        "SELECT * FROM launches WHERE cloud_id = :cloud ORDER BY created DESC, id LIMIT 1000")
                .bind("cloud", cloudId)
                .mapTo(Launch.class)
                .list());
    }

    /** Those not ended, oldest first, for private clouds that no other router has. */
    public List<Launch> open() {
        return db.read(handle -> handle.createQuery("SELECT * FROM launches"
                        + " WHERE state IN ('QUEUED', 'STARTING', 'RUNNING', 'PAUSED') AND NOT EXISTS"
                        + " (SELECT 1 FROM private_clouds c WHERE c.id = launches.cloud_id AND c.home <> :router)"
                        + " ORDER BY created, id")
                .bind("router", site.router())
                .mapTo(Launch.class)
                .list());
    }

    /**
     * Moves a launch from one state to another, and says whether it was in the first. A final state is never left.
     *
     * @param workloadId kept as it was when {@code null}
     */
    public boolean move(String id, Launch.State from, Launch.State to, @Nullable String workloadId) {
        return db.write(handle -> handle.createUpdate("UPDATE launches SET state = :to,"
                                + " workload_id = COALESCE(:workload, workload_id),"
                                + " started = CASE WHEN :to = 'RUNNING' THEN COALESCE(started, :now) ELSE started END"
                                + " WHERE id = :id AND state = :from")
                        .bind("to", to.name())
                        .bind("workload", workloadId)
                        .bind("now", clock.instant())
                        .bind("id", id)
                        .bind("from", from.name())
                        .execute())
                > 0;
    }

    /** Ends a launch, unless it has ended already; says whether it did. */
    public boolean end(String id, Launch.State last, @Nullable String reason, @Nullable Integer exitCode) {
        if (!last.isFinal()) {
            throw new IllegalArgumentException(last + " is not final");
        }
        String bounded = reason == null || reason.length() <= 512 ? reason : reason.substring(0, 512);
        return db.write(handle -> handle.createUpdate("UPDATE launches SET state = :last, reason = :reason,"
                                + " exit_code = :exit, ended = :now"
                                + " WHERE id = :id AND state IN ('QUEUED', 'STARTING', 'RUNNING', 'PAUSED')")
                        .bind("last", last)
                        .bind("reason", bounded)
                        .bind("exit", exitCode)
                        .bind("now", clock.instant())
                        .bind("id", id)
                        .execute())
                > 0;
    }
}
