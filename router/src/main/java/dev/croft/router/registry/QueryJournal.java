package dev.croft.router.registry;

import dev.croft.router.query.Enrolment;
import dev.croft.router.query.Leg;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleConsumer;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;

/**
 * The query coordinator's journal, written by the router that leads. It holds what was asked, what was promised and the noisy answer; there is no place in it for
 * an individual's answer or the true total.
 */
public final class QueryJournal {

    private final Database db;
    private final Clock clock;
    private final Leadership leadership;

    QueryJournal(Database db, Clock clock, Leadership leadership) {
        this.db = db;
        this.clock = clock;
        this.leadership = leadership;
    }

    /** Changes what only the router that leads changes. */
    private void lead(HandleConsumer<RuntimeException> what) {
        db.change(handle -> {
            leadership.require(handle);
            what.useHandle(handle);
        });
    }

    /** Where a query is. The last two are final; after a crash the others go on from what the legs' rows say. */
    public enum State {
        OFFERING,
        RESERVING,
        RUNNING,
        SETTLING,
        ABANDONING,
        ANSWERED,
        FAILED
    }

    /** Where one leg's reservation is. */
    public enum Settlement {
        /** Being reserved, or reserved and not yet decided. */
        RESERVING,
        COMMITTING,
        COMMITTED,
        REFUNDING,
        REFUNDED;

        public boolean isFinal() {
            return this == COMMITTED || this == REFUNDED;
        }
    }

    /**
     * A query.
     *
     * @param request what was asked, JSON
     * @param plan epsilon and noise that were fixed before anything was reserved, JSON
     * @param answer the noisy answer, JSON
     * @param problem why it failed
     */
    public record Entry(
            String id,
            String accountId,
            String request,
            @Nullable String plan,
            State state,
            @Nullable String answer,
            @Nullable String problem,
            Instant created,
            Instant changed) {}

    /** Begins a query. The id is also its idempotency key in every permission manager. */
    public Entry begin(String id, String accountId, String request) {
        Instant now = clock.instant();
        Entry entry = new Entry(id, accountId, request, null, State.OFFERING, null, null, now, now);
        lead(handle -> handle.createUpdate("INSERT INTO queries (id, account_id, request, state, created, changed)"
                        + " VALUES (:id, :accountId, :request, :state, :created, :changed)")
                .bindMethods(entry)
                .execute());
        return entry;
    }

    /** Before the first reservation: the plan, and every leg that will be tried. */
    public void reserving(String id, String plan, Collection<Leg> legs) {
        lead(handle -> {
            enter(handle, id, State.RESERVING);
            handle.createUpdate("UPDATE queries SET plan = :plan WHERE id = :id")
                    .bind("plan", plan)
                    .bind("id", id)
                    .execute();
            PreparedBatch batch = handle.prepareBatch("INSERT INTO query_legs (query_id, cloud_id, cell, state)"
                    + " VALUES (:query, :cloud, :cell, 'RESERVING')");
            for (Leg leg : legs) {
                batch.bind("query", id)
                        .bind("cloud", leg.cloudId())
                        .bind("cell", leg.cell())
                        .add();
            }
            execute(batch);
        });
    }

    /** Before the first run: the legs given up are to be refunded. */
    public void running(String id, Collection<Leg> refund) {
        lead(handle -> {
            enter(handle, id, State.RUNNING);
            move(handle, id, refund, Settlement.RESERVING, Settlement.REFUNDING);
        });
    }

    /** Before the first commit: who is charged, who is not, and the noisy answer, which from here on is the only one. */
    public void settling(String id, Collection<Leg> commit, Collection<Leg> refund, String answer) {
        lead(handle -> {
            enter(handle, id, State.SETTLING);
            handle.createUpdate("UPDATE queries SET answer = :answer WHERE id = :id")
                    .bind("answer", answer)
                    .bind("id", id)
                    .execute();
            move(handle, id, commit, Settlement.RESERVING, Settlement.COMMITTING);
            move(handle, id, refund, Settlement.RESERVING, Settlement.REFUNDING);
        });
    }

    /** Before everything is given back: why. */
    public void abandoning(String id, String problem) {
        lead(handle -> {
            enter(handle, id, State.ABANDONING);
            handle.createUpdate("UPDATE queries SET problem = :problem WHERE id = :id")
                    .bind("problem", bounded(problem))
                    .bind("id", id)
                    .execute();
            handle.createUpdate(
                            "UPDATE query_legs SET state = 'REFUNDING' WHERE query_id = :id AND state = 'RESERVING'")
                    .bind("id", id)
                    .execute();
        });
    }

    /** After a commit or refund was acknowledged: how the leg ended, whichever way was asked for. */
    public void settled(String id, Leg leg, Settlement settlement) {
        if (!settlement.isFinal()) {
            throw new IllegalArgumentException(settlement + " is not final");
        }
        lead(handle -> handle.createUpdate("UPDATE query_legs SET state = :to WHERE query_id = :query"
                        + " AND cloud_id = :cloud AND cell = :cell AND state IN ('COMMITTING', 'REFUNDING')")
                .bind("to", settlement)
                .bind("query", id)
                .bind("cloud", leg.cloudId())
                .bind("cell", leg.cell())
                .execute());
    }

    /** Ends a query whose legs are all settled: answered if it has an answer, else failed. */
    public void finish(String id) {
        lead(handle -> handle.createUpdate("UPDATE queries SET changed = :now,"
                        + " state = CASE WHEN answer IS NULL THEN 'FAILED' ELSE 'ANSWERED' END WHERE id = :id")
                .bind("now", clock.instant())
                .bind("id", id)
                .execute());
    }

    /** Ends a query for which nothing was reserved. */
    public void refused(String id, String problem) {
        lead(handle -> handle.createUpdate(
                        "UPDATE queries SET state = 'FAILED', problem = :problem," + " changed = :now WHERE id = :id")
                .bind("problem", bounded(problem))
                .bind("now", clock.instant())
                .bind("id", id)
                .execute());
    }

    private void enter(Handle handle, String id, State state) {
        handle.createUpdate("UPDATE queries SET state = :state, changed = :now WHERE id = :id")
                .bind("state", state)
                .bind("now", clock.instant())
                .bind("id", id)
                .execute();
    }

    private static void move(Handle handle, String id, Collection<Leg> legs, Settlement from, Settlement to) {
        PreparedBatch batch = handle.prepareBatch("UPDATE query_legs SET state = :to"
                + " WHERE query_id = :query AND cloud_id = :cloud AND cell = :cell AND state = :from");
        for (Leg leg : legs) {
            batch.bind("to", to)
                    .bind("from", from)
                    .bind("query", id)
                    .bind("cloud", leg.cloudId())
                    .bind("cell", leg.cell())
                    .add();
        }
        execute(batch);
    }

    private static void execute(PreparedBatch batch) {
        if (batch.size() > 0) {
            batch.execute();
        }
    }

    private static String bounded(String text) {
        return text.length() <= 512 ? text : text.substring(0, 512);
    }

    public Optional<Entry> find(String id) {
        return db.read(handle -> handle.createQuery("SELECT * FROM queries WHERE id = :id")
                .bind("id", id)
                .mapTo(Entry.class)
                .findOne());
    }

    /** An analyst's queries, newest first. */
    public List<Entry> ofAccount(String accountId) {
        return db.read(handle -> handle.createQuery(
                        "SELECT * FROM queries WHERE account_id = :account ORDER BY created DESC, id LIMIT 1000")
                .bind("account", accountId)
                .mapTo(Entry.class)
                .list());
    }

    /** Those that have not ended: after a restart, what to resume. */
    public List<Entry> open() {
        return db.read(handle -> handle.createQuery(
                        "SELECT * FROM queries" + " WHERE state NOT IN ('ANSWERED', 'FAILED') ORDER BY created, id")
                .mapTo(Entry.class)
                .list());
    }

    /** The legs of a query and where each one is. */
    public Map<Leg, Settlement> legs(String id) {
        Map<Leg, Settlement> legs = new TreeMap<>();
        db.read(handle -> handle.createQuery("SELECT cloud_id, cell, state FROM query_legs WHERE query_id = :id")
                        .bind("id", id)
                        .map((row, context) -> Map.entry(
                                new Leg(row.getString(1), row.getInt(2)), Settlement.valueOf(row.getString(3))))
                        .list())
                .forEach(entry -> legs.put(entry.getKey(), entry.getValue()));
        return legs;
    }

    /** Uses this grant for a computation in a private cloud, in place of any other. */
    public void enrol(String computation, Enrolment enrolment) {
        db.change(handle -> {
            withdraw(handle, computation, enrolment.cloudId());
            handle.createUpdate(
                            "INSERT INTO enrolments (cloud_id, computation, grant_id) VALUES (:cloud, :computation, :grant)")
                    .bind("cloud", enrolment.cloudId())
                    .bind("computation", computation)
                    .bind("grant", enrolment.grantId())
                    .execute();
        });
    }

    /** Takes a private cloud out of future queries of a computation. */
    public void withdraw(String computation, String cloudId) {
        db.change(handle -> withdraw(handle, computation, cloudId));
    }

    private static void withdraw(Handle handle, String computation, String cloudId) {
        handle.createUpdate("DELETE FROM enrolments WHERE cloud_id = :cloud AND computation = :computation")
                .bind("cloud", cloudId)
                .bind("computation", computation)
                .execute();
    }

    /** The private clouds enrolled for a computation. */
    public List<Enrolment> enrolled(String computation) {
        return db.read(handle -> handle.createQuery(
                        "SELECT cloud_id, grant_id FROM enrolments WHERE computation = :computation ORDER BY cloud_id")
                .bind("computation", computation)
                .map((row, context) -> new Enrolment(row.getString(1), row.getString(2)))
                .list());
    }

    /** A private cloud's enrolments: grants by computation. */
    public Map<String, String> enrolments(String cloudId) {
        Map<String, String> grants = new TreeMap<>();
        db.read(handle -> handle.createQuery("SELECT computation, grant_id FROM enrolments WHERE cloud_id = :cloud")
                        .bind("cloud", cloudId)
                        .map((row, context) -> Map.entry(row.getString(1), row.getString(2)))
                        .list())
                .forEach(entry -> grants.put(entry.getKey(), entry.getValue()));
        return grants;
    }
}
