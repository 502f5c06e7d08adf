package dev.croft.router.registry;

import dev.croft.router.Json;
import dev.croft.router.RouterException;
import dev.croft.vault.api.KeptAt;
import dev.croft.vault.api.Replicas;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Private clouds, which router each one is at, and which host it is placed on there. */
public final class Clouds {

    private final Database db;
    private final Clock clock;

    private final Site site;

    Clouds(Database db, Clock clock, Site site) {
        this.db = db;
        this.clock = clock;
        this.site = site;
    }

    /** Records a private cloud about to be made at this router. */
    public PrivateCloud create(String id, String accountId, String label, PrivateCloud.Hosting hosting) {
        return create(id, accountId, label, hosting, site.router());
    }

    /**
     * Records a private cloud about to be made.
     *
     * @param home the router that will have it
     * @throws RouterException.Conflict when the id is recorded already, by whomever
     */
    public PrivateCloud create(String id, String accountId, String label, PrivateCloud.Hosting hosting, String home) {
        Instant now = clock.instant();
        PrivateCloud cloud =
                new PrivateCloud(id, accountId, label, hosting, PrivateCloud.State.CREATING, now, now, home, null);
        int made = db.write(handle -> handle.createUpdate(
                        "INSERT INTO private_clouds"
                                + " (id, account_id, label, hosting, state, created, last_used, home)"
                                + " VALUES (:id, :accountId, :label, :hosting, :state, :created, :lastUsed, :home) ON CONFLICT DO NOTHING")
                .bindMethods(cloud)
                .execute());
        if (made == 0) {
            throw new RouterException.Conflict("this private cloud exists");
        }
        return cloud;
    }

    public Optional<PrivateCloud> find(String id) {
        return db.read(handle -> handle.createQuery("SELECT * FROM private_clouds WHERE id = :id")
                .bind("id", id)
                .mapTo(PrivateCloud.class)
                .findOne());
    }

    /** All private clouds by id, a page of them. */
    public List<PrivateCloud> list(int offset, int limit) {
        return db.read(
                handle -> handle.createQuery("SELECT * FROM private_clouds ORDER BY id LIMIT :limit OFFSET :offset")
                        .bind("limit", limit)
                        .bind("offset", offset)
                        .mapTo(PrivateCloud.class)
                        .list());
    }

    /** Those of greater ids than this, by id: none is left out however many come and go between two pages. */
    public List<PrivateCloud> listAfter(String id, int limit) {
        return db.read(
                handle -> handle.createQuery("SELECT * FROM private_clouds WHERE id > :after ORDER BY id LIMIT :limit")
                        .bind("after", id)
                        .bind("limit", limit)
                        .mapTo(PrivateCloud.class)
                        .list());
    }

    /** An account's private clouds by creation. */
    public List<PrivateCloud> ofAccount(String accountId) {
        return db.read(handle -> handle.createQuery(
                        "SELECT * FROM private_clouds WHERE account_id = :account ORDER BY created, id LIMIT 10000")
                .bind("account", accountId)
                .mapTo(PrivateCloud.class)
                .list());
    }

    /** Those at this router in that state which were last used before then. */
    public List<PrivateCloud> unusedSince(PrivateCloud.State state, Instant then) {
        return db.read(handle -> handle.createQuery(
                        "SELECT * FROM private_clouds WHERE home = :home AND state = :state AND last_used < :then"
                                + " ORDER BY last_used")
                .bind("home", site.router())
                .bind("state", state)
                .bind("then", then)
                .mapTo(PrivateCloud.class)
                .list());
    }

    /** Records a state; says whether the private cloud exists. */
    public boolean setState(String id, PrivateCloud.State state) {
        return db.write(handle -> handle.createUpdate("UPDATE private_clouds SET state = :state WHERE id = :id")
                        .bind("state", state)
                        .bind("id", id)
                        .execute())
                > 0;
    }

    /** Records which kind of host it is to be on from now on. */
    public void setHosting(String id, PrivateCloud.Hosting hosting) {
        db.change(handle -> handle.createUpdate("UPDATE private_clouds SET hosting = :hosting WHERE id = :id")
                .bind("hosting", hosting)
                .bind("id", id)
                .execute());
    }

    /** Records that it was used at that moment (never earlier than recorded). */
    public void used(String id, Instant at) {
        db.change(handle -> handle.createUpdate(
                        "UPDATE private_clouds SET last_used = :at WHERE id = :id AND last_used < :at")
                .bind("at", at)
                .bind("id", id)
                .execute());
    }

    /** Forgets a private cloud and its placement. */
    public void delete(String id) {
        db.change(handle -> handle.createUpdate("DELETE FROM private_clouds WHERE id = :id")
                .bind("id", id)
                .execute());
    }

    /** Places it on a host, taking it off any other, and records it awake. */
    public void place(String id, String hostId) {
        db.change(handle -> {
            handle.createUpdate("DELETE FROM placements WHERE cloud_id = :cloud")
                    .bind("cloud", id)
                    .execute();
            handle.createUpdate("INSERT INTO placements (cloud_id, host_id, since) VALUES (:cloud, :host, :now)")
                    .bind("cloud", id)
                    .bind("host", site.stored(hostId))
                    .bind("now", clock.instant())
                    .execute();
            handle.createUpdate("UPDATE private_clouds SET state = 'AWAKE' WHERE id = :cloud AND state <> 'DELETING'")
                    .bind("cloud", id)
                    .execute();
        });
    }

    /** The host it is placed on. */
    public Optional<String> hostOf(String id) {
        return db.read(handle -> handle.createQuery("SELECT host_id FROM placements WHERE cloud_id = :cloud")
                        .bind("cloud", id)
                        .mapTo(String.class)
                        .findOne())
                .map(site::local);
    }

    /** Since when each that is placed on a host is on it, by id. */
    public Map<String, Instant> awakeSince() {
        return db.read(handle -> {
            Map<String, Instant> since = new HashMap<>();
            handle.createQuery("SELECT cloud_id, since FROM placements")
                    .mapTo(Placed.class)
                    .forEach(placed -> since.put(placed.cloudId(), placed.since()));
            return since;
        });
    }

    /** How many there are in each state. */
    public Map<String, Long> countByState() {
        return db.read(handle -> {
            Map<String, Long> counts = new HashMap<>();
            handle.createQuery("SELECT state, COUNT(*) FROM private_clouds GROUP BY state")
                    .map((row, context) -> Map.entry(row.getString(1), row.getLong(2)))
                    .forEach(entry -> counts.put(entry.getKey(), entry.getValue()));
            return counts;
        });
    }

    /** A row of placements. */
    record Placed(String cloudId, Instant since) {}

    /** The ids of those placed on a host. */
    public List<String> placedOn(String hostId) {
        return db.read(
                handle -> handle.createQuery("SELECT cloud_id FROM placements WHERE host_id = :host ORDER BY cloud_id")
                        .bind("host", site.stored(hostId))
                        .mapTo(String.class)
                        .list());
    }

    /** How many private clouds each router has that has any. */
    public Map<String, Long> countByHome() {
        return db.read(handle -> {
            Map<String, Long> counts = new HashMap<>();
            handle.createQuery("SELECT home, COUNT(*) FROM private_clouds GROUP BY home")
                    .map((row, context) -> Map.entry(row.getString(1), row.getLong(2)))
                    .forEach(entry -> counts.put(entry.getKey(), entry.getValue()));
            return counts;
        });
    }

    /** Those at this router. */
    public List<PrivateCloud> here() {
        return db.read(handle -> handle.createQuery("SELECT * FROM private_clouds WHERE home = :home ORDER BY id")
                .bind("home", site.router())
                .mapTo(PrivateCloud.class)
                .list());
    }

    /**
     * Gives one that is at this router, closed, to another; says whether it did: not, when it is not here, or when a change of its replicas was begun that
     * may not be on record, by which it would not come back there.
     */
    public boolean give(String id, String to) {
        return db.write(handle -> {
            handle.createUpdate("DELETE FROM placements WHERE cloud_id = :id")
                    .bind("id", id)
                    .execute();
            return handle.createUpdate(
                                    "UPDATE private_clouds SET home = :to, replicas_version = 0,"
                                            + " state = CASE WHEN state = 'AWAKE' THEN 'HIBERNATED' ELSE state END"
                                            + " WHERE id = :id AND home = :from AND state <> 'DELETING' AND replicas_unsure = 0")
                            .bind("to", to)
                            .bind("from", site.router())
                            .bind("id", id)
                            .execute()
                    > 0;
        });
    }

    /** Records that it is about to be changed which capsule servers have it besides. */
    public void replicasUnsure(String id) {
        db.change(handle -> handle.createUpdate("UPDATE private_clouds SET replicas_unsure = 1 WHERE id = :id")
                .bind("id", id)
                .execute());
    }

    /** Those at this router of which a change was begun that may not be on record. */
    public List<String> replicasUnsure() {
        return db.read(handle -> handle.createQuery(
                        "SELECT id FROM private_clouds WHERE replicas_unsure = 1 AND home = :home ORDER BY id")
                .bind("home", site.router())
                .mapTo(String.class)
                .list());
    }

    /**
     * Records which capsule servers have one besides that is at this router; says whether it did: not, when a later change is on record, or it is at
     * another router by now, where changes are counted anew.
     */
    public boolean setReplicas(String id, KeptAt now) {
        Replicas replicas = now.replicas();
        String json = replicas == null ? null : new String(Json.write(replicas), StandardCharsets.UTF_8);
        return db.write(handle -> {
            int changed = handle.createUpdate(
                            "UPDATE private_clouds SET replicas = :replicas, replicas_version = :version"
                                    + " WHERE id = :id AND home = :home AND replicas_version <= :version")
                    .bind("replicas", json)
                    .bind("version", now.version())
                    .bind("id", id)
                    .bind("home", site.router())
                    .execute();
            handle.createUpdate("UPDATE private_clouds SET replicas_unsure = 0 WHERE id = :id AND home = :home")
                    .bind("id", id)
                    .bind("home", site.router())
                    .execute();
            return changed > 0;
        });
    }
}
