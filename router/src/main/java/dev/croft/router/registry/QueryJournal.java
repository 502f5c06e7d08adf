package dev.croft.router.registry;

import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;

/**
 * The query coordinator's journal. It holds what was asked, what was promised and the noisy answer; there is no place in it for
 * an individual's answer or the true total.
 */
public final class QueryJournal {

    private final Jdbi jdbi;
    private final Clock clock;
    private final boolean embedded;

    QueryJournal(Jdbi jdbi, Clock clock, boolean embedded) {
        this.jdbi = jdbi;
        this.clock = clock;
        this.embedded = embedded;
    }

    /** Where a query is. The last two are final; after a crash the others are settled from the participants' rows. */
    public enum State {
        OFFERING,
        RESERVING,
        RUNNING,
        SETTLING,
        ABANDONING,
        ANSWERED,
        FAILED
    }

    /** Where one private cloud's reservation is. */
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

    public record Participant(String queryId, String cloudId, Settlement state) {}

    /** Begins a query. The id is also its idempotency key in every permission manager. */
    public Entry begin(String id, String accountId, String request) {
        Instant now = clock.instant();
        Entry entry = new Entry(id, accountId, request, null, State.OFFERING, null, null, now, now);
        jdbi.useHandle(
                handle -> handle.createUpdate("INSERT INTO queries (id, account_id, request, state, created, changed)"
                                + " VALUES (:id, :accountId, :request, :state, :created, :changed)")
                        .bindMethods(entry)
                        .execute());
        return entry;
    }

    /** Before the first reservation: the plan, and everyone in whose private cloud it will be tried. */
    public void reserving(String id, String plan, Collection<String> clouds) {
        jdbi.useTransaction(handle -> {
            handle.createUpdate("UPDATE queries SET state = 'RESERVING', plan = :plan, changed = :now WHERE id = :id")
                    .bind("plan", plan)
                    .bind("now", clock.instant())
                    .bind("id", id)
                    .execute();
            PreparedBatch batch = handle.prepareBatch("INSERT INTO query_participants (query_id, cloud_id, state)"
                    + " VALUES (:query, :cloud, 'RESERVING')");
            for (String cloud : clouds) {
                batch.bind("query", id).bind("cloud", cloud).add();
            }
            if (batch.size() > 0) {
                batch.execute();
            }
        });
        sync();
    }

    /** Records that the query has come to a state. */
    public void state(String id, State state) {
        jdbi.useHandle(handle -> handle.createUpdate("UPDATE queries SET state = :state, changed = :now WHERE id = :id")
                .bind("state", state)
                .bind("now", clock.instant())
                .bind("id", id)
                .execute());
    }

    /** Before the first commit or refund: who is charged, and who is not; the others were never reserved or are decided. */
    public void settle(String id, State state, Collection<String> commit, Collection<String> refund) {
        jdbi.useTransaction(handle -> {
            handle.createUpdate("UPDATE queries SET state = :state, changed = :now WHERE id = :id")
                    .bind("state", state)
                    .bind("now", clock.instant())
                    .bind("id", id)
                    .execute();
            move(handle, id, commit, Settlement.RESERVING, Settlement.COMMITTING);
            move(handle, id, refund, Settlement.RESERVING, Settlement.REFUNDING);
        });
        sync();
    }

    /** After a commit or refund was acknowledged. */
    public void settled(String id, String cloud, Settlement settlement) {
        if (!settlement.isFinal()) {
            throw new IllegalArgumentException(settlement + " is not final");
        }
        Settlement before = settlement == Settlement.COMMITTED ? Settlement.COMMITTING : Settlement.REFUNDING;
        jdbi.useTransaction(handle -> move(handle, id, List.of(cloud), before, settlement));
    }

    private static void move(Handle handle, String id, Collection<String> clouds, Settlement from, Settlement to) {
        PreparedBatch batch = handle.prepareBatch("UPDATE query_participants SET state = :to"
                + " WHERE query_id = :query AND cloud_id = :cloud AND state = :from");
        for (String cloud : clouds) {
            batch.bind("to", to)
                    .bind("from", from)
                    .bind("query", id)
                    .bind("cloud", cloud)
                    .add();
        }
        if (batch.size() > 0) {
            batch.execute();
        }
    }

    /** Ends a query with its noisy answer. */
    public void answered(String id, String answer) {
        end(id, State.ANSWERED, answer, null);
    }

    /** Ends a query without one. */
    public void failed(String id, String problem) {
        end(id, State.FAILED, null, problem.length() <= 512 ? problem : problem.substring(0, 512));
    }

    private void end(String id, State state, @Nullable String answer, @Nullable String problem) {
        jdbi.useHandle(handle -> handle.createUpdate("UPDATE queries SET state = :state, answer = :answer,"
                        + " problem = :problem, changed = :now WHERE id = :id")
                .bind("state", state)
                .bind("answer", answer)
                .bind("problem", problem)
                .bind("now", clock.instant())
                .bind("id", id)
                .execute());
    }

    public Optional<Entry> find(String id) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT * FROM queries WHERE id = :id")
                .bind("id", id)
                .mapTo(Entry.class)
                .findOne());
    }

    /** An analyst's queries, newest first. */
    public List<Entry> ofAccount(String accountId) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT * FROM queries WHERE account_id = :account ORDER BY created DESC, id LIMIT 1000")
                .bind("account", accountId)
                .mapTo(Entry.class)
                .list());
    }

    /** Those that have not ended: after a restart, what to resume. */
    public List<Entry> open() {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT * FROM queries" + " WHERE state NOT IN ('ANSWERED', 'FAILED') ORDER BY created, id")
                .mapTo(Entry.class)
                .list());
    }

    public List<Participant> participants(String id) {
        return jdbi.withHandle(
                handle -> handle.createQuery("SELECT * FROM query_participants WHERE query_id = :id ORDER BY cloud_id")
                        .bind("id", id)
                        .mapTo(Participant.class)
                        .list());
    }

    /** H2 leaves the last commits to the operating system's cache; PostgreSQL has synced them by itself. */
    private void sync() {
        if (embedded) {
            jdbi.useHandle(handle -> handle.execute("CHECKPOINT SYNC"));
        }
    }
}
