package dev.croft.router.registry;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** Who did what to this router: only ever appended to. Holds names and ids, no content. */
public final class AuditTrail {

    /** Names the lock in the database; any number that nothing else uses. */
    private static final long ORDER = 0x63726f66744C4F47L;

    private final Database db;
    private final Clock clock;
    private final ReentrantLock order = new ReentrantLock();
    private volatile Runnable appended = () -> {};

    AuditTrail(Database db, Clock clock) {
        this.db = db;
        this.clock = clock;
    }

    /**
     * One act.
     *
     * @param actor account name, {@code router} for its own acts, {@code anonymous} without an account
     * @param act such as {@code cloud.create}
     * @param outcome {@code ok}, or the problem's code
     */
    public record Entry(long id, Instant at, String actor, String act, String subject, String outcome) {}

    /** Called, by whichever thread, after each entry. */
    public void onAppend(Runnable listener) {
        appended = listener;
    }

    /** Adds an entry; ids grow in the order in which entries can be seen. */
    public void append(String actor, String act, String subject, String outcome) {
        if (db instanceof GroupedDatabase) {
            insert(actor, act, subject, outcome);
        } else {
            // PostgreSQL gives out ids before it commits: whoever follows the trail by id would miss one that commits
            // late. Here one waits for another without a connection, and for other routers' in the transaction.
            order.lock();
            try {
                insert(actor, act, subject, outcome);
            } finally {
                order.unlock();
            }
        }
        appended.run();
    }

    private void insert(String actor, String act, String subject, String outcome) {
        db.change(handle -> {
            if (!(db instanceof GroupedDatabase)) {
                handle.execute("SELECT pg_advisory_xact_lock(" + ORDER + ")");
            }
            handle.createUpdate("INSERT INTO operator_audit (at, actor, act, subject, outcome)"
                            + " VALUES (:at, :actor, :act, :subject, :outcome)")
                    .bind("at", clock.instant())
                    .bind("actor", bounded(actor, 64))
                    .bind("act", bounded(act, 64))
                    .bind("subject", bounded(subject, 160))
                    .bind("outcome", bounded(outcome, 64))
                    .execute();
        });
    }

    /** Up to {@code limit} entries with an id above {@code after}, oldest first. */
    public List<Entry> list(long after, int limit) {
        return db.read(handle -> handle.createQuery("SELECT id, at, actor, act, subject, outcome FROM operator_audit"
                        + " WHERE id > :after ORDER BY id LIMIT :limit")
                .bind("after", after)
                .bind("limit", limit)
                .mapTo(Entry.class)
                .list());
    }

    private static String bounded(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length);
    }
}
