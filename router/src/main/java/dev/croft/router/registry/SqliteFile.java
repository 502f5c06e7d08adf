package dev.croft.router.registry;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.croft.router.RouterException;
import dev.croft.router.tls.PrivateFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * The embedded database: SQLite with a write-ahead log that is synced in each commit, so that what was acknowledged survives the end of
 * the process and of the machine. Its directory belongs to one process at a time.
 */
final class SqliteFile implements AutoCloseable {

    private final Held held;
    private final HikariDataSource pool;

    private SqliteFile(Held held, HikariDataSource pool) {
        this.held = held;
        this.pool = pool;
    }

    /**
     * Opens the database in this directory, made if it is not there, at the newest schema. What an earlier release kept in an H2 file
     * is taken over first.
     *
     * @param synced whether commits wait for the disk; else they survive the end of the process only
     */
    static SqliteFile open(Path directory, boolean synced) {
        Held held = Held.take(directory);
        @Nullable HikariDataSource pool = null;
        try {
            Path file = directory.resolve("registry.db");
            H2Import.run(directory, file);
            pool = pool(source(file, SQLiteConfig.JournalMode.WAL, synced));
            migrate(pool, MigrationVersion.LATEST);
            return new SqliteFile(held, pool);
        } catch (RuntimeException | IOException e) {
            if (pool != null) {
                pool.close();
            }
            held.release();
            throw e instanceof RouterException known
                    ? known
                    : new RouterException.Broken("the registry cannot be opened", e);
        }
    }

    /** A directory's lock, and that this process has it: closing any second channel to a locked file would give the lock back. */
    private record Held(Path directory, FileChannel channel) {
        private static final Set<Path> ALL = ConcurrentHashMap.newKeySet();

        static Held take(Path directory) {
            Path real;
            try {
                real = PrivateFiles.directory(directory).toRealPath();
                if (ALL.add(real)) {
                    FileChannel channel = FileChannel.open(
                            real.resolve("registry.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    if (channel.tryLock() != null) {
                        return new Held(real, channel);
                    }
                    channel.close();
                    ALL.remove(real);
                }
            } catch (IOException e) {
                throw new RouterException.Broken("the registry's directory cannot be used", e);
            }
            throw new RouterException.Broken("the registry is in use by another router", null);
        }

        void release() {
            try {
                channel.close();
            } catch (IOException e) {
                // the lock ends with the process
            }
            ALL.remove(directory);
        }
    }

    static SQLiteDataSource source(Path file, SQLiteConfig.JournalMode journal, boolean synced) {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(journal);
        config.setSynchronous(synced ? SQLiteConfig.SynchronousMode.FULL : SQLiteConfig.SynchronousMode.NORMAL);
        config.enforceForeignKeys(true);
        config.setBusyTimeout(10_000);
        // A transaction that reads before it writes could not wait for another's end otherwise.
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        SQLiteDataSource source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + file.toAbsolutePath());
        return source;
    }

    private static HikariDataSource pool(SQLiteDataSource source) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("croft-registry");
        config.setDataSource(source);
        config.setMaximumPoolSize(8);
        config.setConnectionTimeout(10_000);
        return new HikariDataSource(config);
    }

    /** Brings the schema to that version. */
    static void migrate(DataSource database, MigrationVersion version) {
        FluentConfiguration plain = Registry.migrations(database);
        Flyway flyway = Registry.migrations(database)
                .resourceProvider(new SqliteMigrations(plain))
                .target(version)
                .load();
        flyway.migrate();
    }

    HikariDataSource pool() {
        return pool;
    }

    @Override
    public void close() {
        pool.close();
        held.release();
    }
}
