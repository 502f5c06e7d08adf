package dev.croft.capsule.sql;

import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.view.Journal;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Iterator;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One writer's SQLite database in a capsule: each committed transaction is a record of the pages that it changed. Pages, not
 * statements, because a page is what it is on every machine, whatever the statements used: the time, random numbers, triggers, the
 * version of SQLite. Now and then a record has all pages, so that a replica needs nothing older.
 *
 * <p>The capsule is the truth. The file is a cache, in clear: put it where only its owner reads. A file that was not closed, or is of
 * another state, is made anew from the capsule. Nothing else may write to the file, or append to the capsule.
 *
 * <p>Thread-safe: transactions run one after the other, reads beside them; concurrent transactions share a sync.
 */
public final class SqlDatabase implements AutoCloseable {
    private static final String SNAPSHOT = "croft/sql";
    private static final long LOCAL_WAL_BYTES = 4 << 20;
    private static final long LEAST_SNAPSHOT_BYTES = 1 << 20;

    private final ReentrantLock lock = new ReentrantLock();
    private final Journal journal;
    private final PageFile pages;
    private final Wal wal;
    private final Connection connection;
    private final Connections readers;
    private long sinceSnapshot;
    private @Nullable Throwable failure;

    private SqlDatabase(Journal journal, PageFile pages, Connection connection) {
        this.journal = journal;
        this.pages = pages;
        this.connection = connection;
        this.wal = new Wal(pages.file());
        this.readers = new Connections(pages.file());
    }

    /**
     * Opens the database of a capsule; the writer stays the caller's to close, after this.
     *
     * @param file where SQLite keeps it
     */
    public static SqlDatabase open(CapsuleWriter writer, Path file) throws IOException, SQLException {
        Journal journal = new Journal(writer);
        PageFile pages = new PageFile(file, writer.name(), false);
        try {
            long applied = pages.begin();
            SqlLog log = applied < 0 || applied > journal.size()
                    ? SqlLog.fromSnapshot(journal, journal.size())
                    : new SqlLog(journal, applied);
            log.advance(journal.size(), pages::write);
            SqlRecord snapshot = SqlLog.newestSnapshot(journal, journal.size());
            if (snapshot != null) {
                journal.pointTo(SNAPSHOT, snapshot.sequence());
            }
            // What SQLite syncs here is a cache; the capsule is synced.
            Connection connection =
                    Connections.open(file, "journal_mode=WAL", "wal_autocheckpoint=0", "synchronous=OFF");
            connection.setAutoCommit(false);
            return new SqlDatabase(journal, pages, connection);
        } catch (IOException | SQLException | RuntimeException e) {
            pages.close();
            throw e;
        }
    }

    /** How many records the capsule has, durable or on their way. */
    public long size() {
        return journal.size();
    }

    /**
     * Runs a transaction; returns once it is durable in the capsule. When the work throws, nothing happened.
     *
     * @throws SqlException when the transaction was made but could not be put into the capsule: open the database again
     */
    public <T> T write(SqlWork<T> work) throws SQLException {
        T result;
        long size;
        lock.lock();
        try {
            if (failure != null) {
                throw new SqlException("the database failed before: open it again", failure);
            }
            try {
                result = work.run(connection);
                connection.commit();
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            }
            size = capture();
        } finally {
            lock.unlock();
        }
        try {
            journal.awaitDurable(size);
        } catch (RuntimeException e) {
            throw failed(e);
        }
        return result;
    }

    /** Runs work that only reads, on the newest state. */
    public <T> T read(SqlWork<T> work) throws SQLException {
        return readers.read(work);
    }

    private SqlException failed(Throwable cause) {
        lock.lock();
        try {
            failure = cause;
        } finally {
            lock.unlock();
        }
        return new SqlException("a transaction is not in the capsule: open the database again", cause);
    }

    /** Submits what was committed; returns how many records there are then. */
    private long capture() throws SQLException {
        try {
            Wal.Committed committed = wal.read();
            if (!committed.pages().isEmpty()) {
                submit(committed.pages(), committed.pageBytes(), committed.databasePages(), false);
                sinceSnapshot += (long) committed.pages().size() * committed.pageBytes();
                boolean due = sinceSnapshot > Math.max(LEAST_SNAPSHOT_BYTES, pages.bytes());
                if ((due || wal.bytes() > LOCAL_WAL_BYTES) && emptyWal() && due) {
                    snapshot(committed.pageBytes(), committed.databasePages());
                }
            }
            return journal.size();
        } catch (IOException | RuntimeException e) {
            throw failed(e);
        }
    }

    /** Moves the local write-ahead log into the file, unless a reader still needs it. */
    private boolean emptyWal() throws SQLException {
        connection.setAutoCommit(true);
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
            return result.next() && result.getInt(1) == 0;
        } finally {
            connection.setAutoCommit(false);
        }
    }

    private void snapshot(int pageBytes, int databasePages) throws IOException {
        long begin = journal.size();
        int each = SqlRecord.PART_BYTES / pageBytes;
        for (int first = 1; first <= databasePages; first += each) {
            int count = Math.min(each, databasePages - first + 1);
            SortedMap<Integer, byte[]> part = pages.pages(pageBytes, first, count);
            boolean last = first + count > databasePages;
            long own = journal.submit(
                    sequence -> new SqlRecord(sequence, begin, last, true, pageBytes, databasePages, part).encode());
            if (last) {
                journal.pointTo(SNAPSHOT, own);
            }
        }
        sinceSnapshot = 0;
    }

    private void submit(SortedMap<Integer, byte[]> changed, int pageBytes, int databasePages, boolean snapshot) {
        long begin = journal.size();
        Iterator<Map.Entry<Integer, byte[]>> rest = changed.entrySet().iterator();
        while (rest.hasNext()) {
            SortedMap<Integer, byte[]> part = new TreeMap<>();
            while (rest.hasNext() && (long) part.size() * pageBytes < SqlRecord.PART_BYTES) {
                Map.Entry<Integer, byte[]> page = rest.next();
                part.put(page.getKey(), page.getValue());
            }
            boolean last = !rest.hasNext();
            journal.submit(own -> new SqlRecord(own, begin, last, snapshot, pageBytes, databasePages, part).encode());
        }
    }

    /** Closes the file, whole, so that the next opening is quick. */
    @Override
    public void close() throws IOException, SQLException {
        lock.lock();
        try (pages) {
            readers.close();
            boolean whole = emptyWal();
            connection.close();
            journal.close();
            if (whole && failure == null) {
                pages.finish(journal.size());
            }
        } finally {
            lock.unlock();
        }
    }
}
