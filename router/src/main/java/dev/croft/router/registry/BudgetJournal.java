package dev.croft.router.registry;

import dev.croft.router.RouterException;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jdbi.v3.core.statement.PreparedBatch;

/** Commands that changed budgets, numbered from 0 without gaps. */
public final class BudgetJournal {

    private static final int PAGE = 10_000;

    private final Database db;
    private final Leadership leadership;

    BudgetJournal(Database db, Leadership leadership) {
        this.db = db;
        this.leadership = leadership;
    }

    /** Whether several routers may come to write it, one after the other. */
    public boolean isShared() {
        return !(db instanceof GroupedDatabase);
    }

    /**
     * One command.
     *
     * @param actor account that gave it, or {@code router}
     * @param command JSON
     */
    public record Entry(long seq, Instant at, String actor, String command) {}

    /**
     * Appends entries, all or none; when this returns they survive the end of this process.
     *
     * @throws RouterException.Unavailable when another router leads
     */
    public void append(List<Entry> entries) {
        db.change(handle -> {
            leadership.require(handle);
            PreparedBatch batch = handle.prepareBatch(
                    "INSERT INTO budget_journal (seq, at, actor, command) VALUES (:seq, :at, :actor, :command)");
            for (Entry entry : entries) {
                batch.bind("seq", entry.seq())
                        .bind("at", entry.at())
                        .bind("actor", entry.actor())
                        .bind("command", entry.command())
                        .add();
            }
            batch.execute();
        });
    }

    /** Every entry in order. */
    public void replay(Consumer<Entry> reader) {
        long next = 0;
        while (true) {
            long from = next;
            List<Entry> page = db.read(handle -> handle.createQuery("SELECT seq, at, actor, command FROM budget_journal"
                            + " WHERE seq >= :from ORDER BY seq LIMIT :limit")
                    .bind("from", from)
                    .bind("limit", PAGE)
                    .mapTo(Entry.class)
                    .list());
            page.forEach(reader);
            if (page.size() < PAGE) {
                return;
            }
            next = page.getLast().seq() + 1;
        }
    }
}
