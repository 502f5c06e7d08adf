package dev.croft.capsule.sql;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.view.RecordLog;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;

/**
 * A replica of an {@link SqlDatabase} from any copy of its capsule, to query. {@link #refresh} shows what was committed since:
 * whole transactions, between two reads. Or it shows a past state and stays so.
 *
 * <p>The file is a cache, in clear: put it where only its owner reads. It is made anew when it was not closed. Thread-safe.
 */
public final class SqlReplica implements AutoCloseable {
    private final CapsuleReader reader;
    private final PageFile pages;
    private final SqlLog log;
    private final Connection locker;
    private final Connections readers;
    private final boolean live;

    private SqlReplica(CapsuleReader reader, PageFile pages, SqlLog log, boolean live) throws SQLException {
        this.reader = reader;
        this.pages = pages;
        this.log = log;
        this.live = live;
        this.locker = Connections.open(pages.file());
        this.readers = new Connections(pages.file());
    }

    /**
     * The newest state that a reader of a copy sees; the reader stays the caller's to close, after this.
     *
     * @param file where SQLite keeps the replica
     */
    public static SqlReplica open(CapsuleReader reader, Path file) throws IOException, SQLException {
        return open(reader, file, reader.size(), true);
    }

    /** The state when the capsule had {@code size} records. */
    public static SqlReplica at(CapsuleReader reader, Path file, long size) throws IOException, SQLException {
        if (size < 0 || size > reader.size()) {
            throw new CapsuleException.NoSuchRecord(size, reader.size());
        }
        return open(reader, file, size, false);
    }

    /** The state at this time by the writer's clock. */
    public static SqlReplica at(CapsuleReader reader, Path file, Instant time) throws IOException, SQLException {
        return at(reader, file, RecordLog.of(reader).sizeAt(time, reader.size()));
    }

    private static SqlReplica open(CapsuleReader reader, Path file, long size, boolean live)
            throws IOException, SQLException {
        PageFile pages = new PageFile(file, reader.name(), true);
        try {
            RecordLog records = RecordLog.of(reader);
            long applied = pages.begin();
            SqlLog log =
                    applied < 0 || applied > size ? SqlLog.fromSnapshot(records, size) : new SqlLog(records, applied);
            log.advance(size, pages::write);
            pages.announce();
            return new SqlReplica(reader, pages, log, live);
        } catch (IOException | SQLException | RuntimeException e) {
            pages.close();
            throw e;
        }
    }

    /** How many records of the capsule are behind the last transaction shown. */
    public synchronized long applied() {
        return log.applied();
    }

    /** Shows what was committed since, once the reads under way are done; nothing on a past state. */
    public synchronized long refresh() throws IOException, SQLException {
        if (live && reader.refresh().size() > log.applied()) {
            try (Statement statement = locker.createStatement()) {
                statement.execute("BEGIN EXCLUSIVE");
                try {
                    log.advance(reader.size(), pages::write);
                    pages.announce();
                } finally {
                    statement.execute("ROLLBACK");
                }
            }
        }
        return log.applied();
    }

    /** Runs work that only reads, on one state. */
    public <T> T read(SqlWork<T> work) throws SQLException {
        return readers.read(work);
    }

    /** Closes the file; the next opening goes on from it. */
    @Override
    public synchronized void close() throws IOException, SQLException {
        try (pages) {
            readers.close();
            locker.close();
            pages.finish(log.applied());
        }
    }
}
