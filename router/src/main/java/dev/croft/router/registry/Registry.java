package dev.croft.router.registry;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;

/**
 * The operator's records in one SQL database, migrated to the newest schema when opened. Every change is one transaction,
 * durable when its method returns. Thread-safe; one registry belongs to one router at a time.
 */
public final class Registry implements AutoCloseable {

    private final HikariDataSource pool;
    private final Accounts accounts;
    private final Tokens tokens;
    private final Clouds clouds;
    private final Hosts hosts;
    private final Catalogue catalogue;
    private final Launches launches;
    private final QueryJournal queries;
    private final AuditTrail audit;
    private final BudgetJournal budget;

    private Registry(HikariDataSource pool, Clock clock, boolean embedded) {
        this.pool = pool;
        Jdbi jdbi = Jdbi.create(pool);
        jdbi.registerRowMapper(ConstructorMapper.factory(Account.class))
                .registerRowMapper(ConstructorMapper.factory(Tokens.Row.class))
                .registerRowMapper(ConstructorMapper.factory(PrivateCloud.class))
                .registerRowMapper(ConstructorMapper.factory(Host.class))
                .registerRowMapper(ConstructorMapper.factory(Catalogue.Row.class))
                .registerRowMapper(ConstructorMapper.factory(Launch.class))
                .registerRowMapper(ConstructorMapper.factory(QueryJournal.Entry.class))
                .registerRowMapper(ConstructorMapper.factory(AuditTrail.Entry.class))
                .registerRowMapper(ConstructorMapper.factory(BudgetJournal.Entry.class));
        // PostgreSQL keeps microseconds: what is returned from a method equals what a later read returns.
        Clock ticks = Clock.tick(clock, Duration.ofMillis(1));
        Database db = new Database(jdbi, embedded);
        KnownTokens known = new KnownTokens();
        accounts = new Accounts(db, ticks, known);
        tokens = new Tokens(db, ticks, known);
        clouds = new Clouds(db, ticks);
        hosts = new Hosts(db, ticks);
        catalogue = new Catalogue(db, ticks);
        launches = new Launches(db, ticks);
        queries = new QueryJournal(db, ticks);
        audit = new AuditTrail(db, ticks);
        budget = new BudgetJournal(db);
    }

    /**
     * After a kill H2 finds its newest chunk by following the chunks from the one that its header names, at most some 20 back. It
     * reuses the room of superseded chunks after 45 s by default: a kill in the middle of such a write breaks the way through it,
     * and commits that were on disk are not found again. So superseded chunks stay far longer than 20 writes take.
     */
    private static final Duration RETENTION = Duration.ofHours(1);

    /** The embedded database in a directory of its own: an H2 file, opened by one process at a time. */
    public static Registry embedded(Path directory, Clock clock) {
        String url = "jdbc:h2:file:" + directory.resolve("registry").toAbsolutePath()
                + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH;DB_CLOSE_ON_EXIT=FALSE"
                + ";RETENTION_TIME=" + RETENTION.toMillis();
        return open(url, "croft", "", clock);
    }

    /** A PostgreSQL database given by its JDBC URL. */
    public static Registry postgres(String url, String user, String password, Clock clock) {
        return open(url, user, password, clock);
    }

    static Registry open(String url, String user, String password, Clock clock) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("croft-registry");
        config.setJdbcUrl(url);
        config.setUsername(user);
        config.setPassword(password);
        config.setMaximumPoolSize(8);
        config.setConnectionTimeout(10_000);
        HikariDataSource pool = new HikariDataSource(config);
        try {
            Flyway.configure(Registry.class.getClassLoader())
                    .dataSource(pool)
                    .locations("classpath:dev/croft/router/registry")
                    .load()
                    .migrate();
            return new Registry(pool, clock, url.startsWith("jdbc:h2:file:"));
        } catch (RuntimeException e) {
            pool.close();
            throw e;
        }
    }

    public Accounts accounts() {
        return accounts;
    }

    public Tokens tokens() {
        return tokens;
    }

    public Clouds clouds() {
        return clouds;
    }

    public Hosts hosts() {
        return hosts;
    }

    public Catalogue catalogue() {
        return catalogue;
    }

    public Launches launches() {
        return launches;
    }

    public QueryJournal queries() {
        return queries;
    }

    public AuditTrail audit() {
        return audit;
    }

    public BudgetJournal budget() {
        return budget;
    }

    @Override
    public void close() {
        pool.close();
    }
}
