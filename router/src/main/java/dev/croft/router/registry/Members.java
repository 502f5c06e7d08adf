package dev.croft.router.registry;

import dev.croft.router.RouterException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The routers of this registry, their leases, and which of them leads. All times are the database's, so that routers' clocks may differ.
 * Thread-safe.
 */
public final class Members {

    private final Database db;
    private final Clock clock;

    Members(Database db, Clock clock) {
        this.db = db;
        this.clock = clock;
    }

    /**
     * Who leads.
     *
     * @param epoch grows with each change of leader
     */
    public record Leader(String router, long epoch, Instant leaseUntil) {}

    /**
     * What a router reads with each renewal.
     *
     * @param renewed whether its lease was: not, when the name was taken from it
     * @param now the database's clock
     */
    public record Beat(boolean renewed, Instant now, List<Member> members, Optional<Leader> leader) {}

    /**
     * A private cloud of a router that is lost.
     *
     * @param replicated whether it can come back from replicas, or there is nothing of it yet
     */
    public record Stranded(String cloud, boolean replicated) {}

    /**
     * Takes up a name.
     *
     * @param wanted its epoch and lease do not matter
     * @return the epoch
     * @throws RouterException.Conflict when another installation serves under that name, or it was removed
     */
    public long register(Member wanted, Duration lease) {
        return db.write(handle -> {
            Instant now = db.now(handle, clock);
            @Nullable Member known = member(handle, wanted.name());
            if (known == null) {
                handle.createUpdate("INSERT INTO routers"
                                + " (name, installation, url, authority, backend, weight, epoch, lease_until)"
                                + " VALUES (:name, :installation, :url, :authority, :backend, :weight, 1, :until)")
                        .bindMethods(wanted)
                        .bind("until", now.plus(lease))
                        .execute();
                return 1L;
            }
            if (known.isRemoved()) {
                throw new RouterException.Conflict(
                        "router " + wanted.name() + " was removed: it is to be invited again");
            }
            if (!known.installation().equals(wanted.installation())
                    && known.leaseUntil().isAfter(now)) {
                throw new RouterException.Conflict(
                        "a router called " + wanted.name() + " serves from another folder over this database");
            }
            handle.createUpdate("UPDATE routers SET installation = :installation, url = :url, authority = :authority,"
                            + " backend = :backend, weight = :weight, epoch = epoch + 1, lease_until = :until"
                            + " WHERE name = :name")
                    .bindMethods(wanted)
                    .bind("until", now.plus(lease))
                    .execute();
            return known.epoch() + 1;
        });
    }

    /** Records where other routers reach it, and by whose certificates they know it. */
    public void serve(String name, long epoch, String url, String authority) {
        db.change(handle -> handle.createUpdate(
                        "UPDATE routers SET url = :url, authority = :authority WHERE name = :name AND epoch = :epoch")
                .bind("url", url)
                .bind("authority", authority)
                .bind("name", name)
                .bind("epoch", epoch)
                .execute());
    }

    private static @Nullable Member member(Handle handle, String name) {
        return handle.createQuery("SELECT * FROM routers WHERE name = :name FOR UPDATE")
                .bind("name", name)
                .mapTo(Member.class)
                .findOne()
                .orElse(null);
    }

    /** Renews a lease, and with it the leader's if this router leads, and says how things are. */
    public Beat beat(String name, long epoch, Duration lease) {
        return db.write(handle -> {
            Instant now = db.now(handle, clock);
            boolean renewed =
                    handle.createUpdate("UPDATE routers SET lease_until = :until WHERE name = :name AND epoch = :epoch")
                                    .bind("until", now.plus(lease))
                                    .bind("name", name)
                                    .bind("epoch", epoch)
                                    .execute()
                            > 0;
            List<Member> members = handle.createQuery("SELECT * FROM routers ORDER BY name")
                    .mapTo(Member.class)
                    .list();
            return new Beat(renewed, now, members, leader(handle));
        });
    }

    /** All routers, as of now. */
    public List<Member> list() {
        return db.read(handle -> handle.createQuery("SELECT * FROM routers ORDER BY name")
                .mapTo(Member.class)
                .list());
    }

    private static Optional<Leader> leader(Handle handle) {
        return handle.createQuery("SELECT router, epoch, lease_until FROM leader")
                .mapTo(Leader.class)
                .findOne();
    }

    /**
     * Goes on leading, or begins to if nobody does.
     *
     * @param epoch under which this router leads; 0: it does not
     * @param again whether an earlier process of this very router may be succeeded at once, as it is known to have ended
     * @return the epoch; 0 if another router leads
     */
    public long lead(String name, long epoch, boolean again, Duration lease) {
        return db.write(handle -> {
            Instant now = db.now(handle, clock);
            Instant until = now.plus(lease);
            if (epoch > 0
                    && handle.createUpdate("UPDATE leader SET lease_until = :until"
                                            + " WHERE router = :name AND epoch = :epoch")
                                    .bind("until", until)
                                    .bind("name", name)
                                    .bind("epoch", epoch)
                                    .execute()
                            > 0) {
                return epoch;
            }
            handle.createUpdate("INSERT INTO leader (id, router, epoch, lease_until) VALUES (1, :name, 0, :then)"
                            + " ON CONFLICT DO NOTHING")
                    .bind("name", name)
                    .bind("then", Instant.EPOCH)
                    .execute();
            int won = handle.createUpdate("UPDATE leader SET router = :name, epoch = epoch + 1, lease_until = :until"
                            + " WHERE lease_until < :now" + (again ? " OR router = :name" : ""))
                    .bind("name", name)
                    .bind("until", until)
                    .bind("now", now)
                    .execute();
            return won == 0 ? 0L : leader(handle).orElseThrow().epoch();
        });
    }

    /** Lets another lead at once. */
    public void resign(String name, long epoch) {
        db.change(handle -> handle.createUpdate(
                        "UPDATE leader SET lease_until = :then WHERE router = :name AND epoch = :epoch")
                .bind("then", Instant.EPOCH)
                .bind("name", name)
                .bind("epoch", epoch)
                .execute());
    }

    /** What a router has, which is lost or may be. */
    public List<Stranded> at(String router) {
        return db.read(handle -> handle.createQuery("SELECT id AS cloud,"
                        + " (replicas IS NOT NULL OR state = 'CREATING') AS replicated"
                        + " FROM private_clouds WHERE home = :router AND state <> 'DELETING' ORDER BY id")
                .bind("router", router)
                .mapTo(Stranded.class)
                .list());
    }

    /**
     * Takes its epoch, its hosts and these private clouds from a router whose lease has ended; its lease is then of 1970. What ran for
     * them is lost. Only the leader does so.
     *
     * @param homes new routers by private cloud
     * @return whether it was lost still
     */
    public boolean bereave(Member lost, Map<String, String> homes, Leadership leadership) {
        return db.write(handle -> {
            leadership.require(handle);
            @Nullable Member now = member(handle, lost.name());
            if (now == null || now.epoch() != lost.epoch() || !now.leaseUntil().isBefore(db.now(handle, clock))) {
                return false;
            }
            handle.createUpdate("UPDATE routers SET epoch = epoch + 1, lease_until = :then WHERE name = :name")
                    .bind("then", Instant.EPOCH)
                    .bind("name", lost.name())
                    .execute();
            handle.createUpdate("DELETE FROM hosts WHERE router = :name")
                    .bind("name", lost.name())
                    .execute();
            handle.createUpdate("UPDATE launches SET state = 'LOST', reason = 'its router was lost', ended = :now"
                            + " WHERE state IN ('QUEUED', 'STARTING', 'RUNNING', 'PAUSED')"
                            + " AND cloud_id IN (SELECT id FROM private_clouds WHERE home = :name)")
                    .bind("now", clock.instant())
                    .bind("name", lost.name())
                    .execute();
            handle.createUpdate("UPDATE private_clouds SET state = 'HIBERNATED' WHERE home = :name AND state = 'AWAKE'")
                    .bind("name", lost.name())
                    .execute();
            homes.forEach((cloud, home) -> handle.createUpdate(
                            "UPDATE private_clouds SET home = :home, replicas_version = 0, replicas_unsure = 0 WHERE id = :cloud AND home = :name")
                    .bind("home", home)
                    .bind("cloud", cloud)
                    .bind("name", lost.name())
                    .execute());
            return true;
        });
    }

    /** Whether a router gives away what it has; says whether there is that router. */
    public boolean drain(String name, boolean draining) {
        return db.write(handle -> handle.createUpdate("UPDATE routers SET draining = :draining WHERE name = :name")
                        .bind("draining", draining)
                        .bind("name", name)
                        .execute())
                > 0;
    }

    /**
     * Takes a router out: its lease is not renewed any more, and when that has ended it is a lost one. Its private clouds without replicas
     * wait for ever.
     *
     * @param lost whether there may be such
     * @throws RouterException.NotFound when there is none
     * @throws RouterException.Conflict when it leads, or has private clouds that are nowhere else
     */
    public void remove(String name, boolean lost) {
        db.change(handle -> {
            @Nullable Member known = member(handle, name);
            if (known == null) {
                throw new RouterException.NotFound("router");
            }
            Instant now = db.now(handle, clock);
            if (leader(handle)
                    .filter(leader ->
                            leader.router().equals(name) && !leader.leaseUntil().isBefore(now))
                    .isPresent()) {
                throw new RouterException.Conflict("router " + name + " leads: stop it first, so that another does");
            }
            long only = handle.createQuery("SELECT COUNT(*) FROM private_clouds WHERE home = :name"
                            + " AND replicas IS NULL AND state NOT IN ('CREATING', 'DELETING')")
                    .bind("name", name)
                    .mapTo(Long.class)
                    .one();
            if (only > 0 && !lost) {
                throw new RouterException.Conflict(only + " private clouds are nowhere but at router " + name
                        + ": they are lost with it, unless they get replicas first");
            }
            handle.createUpdate("DELETE FROM router_invitations WHERE name = :name")
                    .bind("name", name)
                    .execute();
            handle.createUpdate("UPDATE routers SET installation = '', authority = '', draining = TRUE,"
                            + " epoch = epoch + 1 WHERE name = :name AND installation <> ''")
                    .bind("name", name)
                    .execute();
        });
    }

    /** How many private clouds each router has that has any, and how many of them are nowhere else. */
    public Map<String, Long> unreplicated() {
        return db.read(handle -> {
            Map<String, Long> counts = new HashMap<>();
            handle.createQuery("SELECT home, COUNT(*) FROM private_clouds WHERE replicas IS NULL GROUP BY home")
                    .map((row, context) -> Map.entry(row.getString(1), row.getLong(2)))
                    .forEach(entry -> counts.put(entry.getKey(), entry.getValue()));
            return counts;
        });
    }

    /** Records an invitation in place of any other for that name. */
    public void invite(String name, byte[] hash, int weight, Duration lifetime) {
        db.change(handle -> {
            handle.createUpdate("DELETE FROM router_invitations WHERE name = :name")
                    .bind("name", name)
                    .execute();
            handle.createUpdate("INSERT INTO router_invitations (name, hash, weight, expires)"
                            + " VALUES (:name, :hash, :weight, :expires)")
                    .bind("name", name)
                    .bind("hash", hash)
                    .bind("weight", weight)
                    .bind("expires", db.now(handle, clock).plus(lifetime))
                    .execute();
        });
    }

    /** Whether there is an invitation of that secret. */
    public boolean isInvited(String name, byte[] hash) {
        return db.read(handle -> invited(handle, name, hash)).isPresent();
    }

    private Optional<Integer> invited(Handle handle, String name, byte[] hash) {
        return handle.createQuery("SELECT weight FROM router_invitations"
                        + " WHERE name = :name AND hash = :hash AND expires > :now")
                .bind("name", name)
                .bind("hash", hash)
                .bind("now", db.now(handle, clock))
                .mapTo(Integer.class)
                .findOne();
    }

    /**
     * Takes an invitation, once, and records the router, which does not serve yet.
     *
     * @return the weight; nothing if there is no invitation of that secret
     * @throws RouterException.Conflict when a router of that name has come back since: what it runs is not taken from it while it may run it
     */
    public Optional<Integer> redeem(Member wanted, byte[] hash) {
        String name = wanted.name();
        return db.write(handle -> {
            Optional<Integer> weight = invited(handle, name, hash);
            weight.ifPresent(its -> {
                handle.createUpdate("DELETE FROM router_invitations WHERE name = :name")
                        .bind("name", name)
                        .execute();
                int taken = handle.createUpdate("INSERT INTO routers"
                                + " (name, installation, url, authority, backend, weight, epoch, lease_until)"
                                + " VALUES (:name, :installation, '', :authority, '', :its, 0, :leaseUntil)"
                                + " ON CONFLICT (name) DO UPDATE SET installation = :installation, url = '',"
                                + " authority = :authority, weight = :its, epoch = routers.epoch + 1,"
                                + " draining = routers.draining AND routers.installation <> '',"
                                + " lease_until = :leaseUntil WHERE routers.lease_until < :now")
                        .bindMethods(wanted)
                        .bind("its", its)
                        .bind("now", db.now(handle, clock))
                        .execute();
                if (taken == 0) {
                    throw new RouterException.Conflict("a router called " + name + " serves");
                }
            });
            return weight;
        });
    }
}
