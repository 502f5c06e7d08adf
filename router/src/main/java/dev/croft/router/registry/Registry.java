package dev.croft.router.registry;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.croft.router.Json;
import dev.croft.vault.api.Replicas;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jspecify.annotations.Nullable;

/**
 * The operator's records in one SQL database, migrated to the newest schema when opened. Every change is one transaction,
 * durable when its method returns. Thread-safe. An embedded one belongs to one router at a time; on PostgreSQL each of several routers
 * opens it under its own name.
 */
public final class Registry implements AutoCloseable {

    private final Runnable close;
    private final Accounts accounts;
    private final Tokens tokens;
    private final Identities identities;
    private final Clouds clouds;
    private final Hosts hosts;
    private final Catalogue catalogue;
    private final Launches launches;
    private final QueryJournal queries;
    private final AuditTrail audit;
    private final BudgetJournal budget;
    private final Policies policies;
    private final Members members;
    private final Leadership leadership;
    private final boolean shared;

    private Registry(Database db, Clock clock, Site site, Runnable close) {
        this.close = close;
        this.shared = !(db instanceof GroupedDatabase);
        db.jdbi()
                .registerRowMapper(ConstructorMapper.factory(Account.class))
                .registerRowMapper(ConstructorMapper.factory(Tokens.Row.class))
                .registerRowMapper(ConstructorMapper.factory(PrivateCloud.class))
                .registerRowMapper(ConstructorMapper.factory(Host.class))
                .registerRowMapper(ConstructorMapper.factory(Clouds.Placed.class))
                .registerRowMapper(ConstructorMapper.factory(Catalogue.Row.class))
                .registerRowMapper(ConstructorMapper.factory(Launch.class))
                .registerRowMapper(ConstructorMapper.factory(QueryJournal.Entry.class))
                .registerRowMapper(ConstructorMapper.factory(AuditTrail.Entry.class))
                .registerRowMapper(ConstructorMapper.factory(BudgetJournal.Entry.class))
                .registerRowMapper(ConstructorMapper.factory(Member.class))
                .registerRowMapper(ConstructorMapper.factory(Members.Leader.class))
                .registerRowMapper(ConstructorMapper.factory(Members.Stranded.class))
                .registerColumnMapper(Replicas.class, (row, column, _) -> replicas(row.getString(column)));
        // PostgreSQL keeps microseconds, SQLite milliseconds: what is returned from a method equals what a later read
        // returns.
        Clock ticks = Clock.tick(clock, Duration.ofMillis(1));
        KnownTokens known = new KnownTokens();
        accounts = new Accounts(db, ticks, known);
        tokens = new Tokens(db, ticks, known);
        identities = new Identities(db, ticks, known);
        clouds = new Clouds(db, ticks, site);
        hosts = new Hosts(db, ticks, site);
        catalogue = new Catalogue(db, ticks);
        launches = new Launches(db, ticks, site);
        leadership = new Leadership(db, site);
        members = new Members(db, ticks);
        queries = new QueryJournal(db, ticks, leadership);
        audit = new AuditTrail(db, ticks);
        budget = new BudgetJournal(db, leadership);
        policies = new Policies(db);
    }

    /**
     * The embedded database in a directory of its own, which belongs to one process at a time.
     *
     * @throws RouterException.Broken when another router has it, or it cannot be read
     */
    public static Registry embedded(Path directory, Clock clock) {
        return embedded(directory, clock, true);
    }

    /** @param synced whether what is written survives the end of the machine too */
    static Registry embedded(Path directory, Clock clock, boolean synced) {
        SqliteFile file = SqliteFile.open(directory, synced);
        return new Registry(new GroupedDatabase(Jdbi.create(file.pool())), clock, new Site(Member.FIRST), file::close);
    }

    /** A PostgreSQL database given by its JDBC URL, for the first router. */
    public static Registry postgres(String url, String user, String password, Clock clock) {
        return postgres(url, user, password, Member.FIRST, clock);
    }

    /** @param router the name of the router that this is for */
    public static Registry postgres(String url, String user, String password, String router, Clock clock) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("croft-registry");
        config.setJdbcUrl(url);
        config.setUsername(user);
        config.setPassword(password);
        config.setMaximumPoolSize(8);
        // A server that is cut off says nothing: without these a call would wait for a quarter of an hour.
        config.addDataSourceProperty("socketTimeout", "60");
        config.addDataSourceProperty("tcpKeepAlive", "true");
        config.setConnectionTimeout(10_000);
        HikariDataSource pool = new HikariDataSource(config);
        try {
            migrations(pool).load().migrate();
            return new Registry(new Database(Jdbi.create(pool)), clock, new Site(router), pool::close);
        } catch (RuntimeException e) {
            pool.close();
            throw e;
        }
    }

    static FluentConfiguration migrations(DataSource database) {
        return Flyway.configure(Registry.class.getClassLoader())
                .dataSource(database)
                .locations("classpath:dev/croft/router/registry");
    }

    public Accounts accounts() {
        return accounts;
    }

    public Tokens tokens() {
        return tokens;
    }

    public Identities identities() {
        return identities;
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

    public Policies policies() {
        return policies;
    }

    public BudgetJournal budget() {
        return budget;
    }

    /** The routers over this registry. */
    public Members members() {
        return members;
    }

    /** Whether this router may write what only one may. */
    public Leadership leadership() {
        return leadership;
    }

    /** Whether several routers may be over it. */
    public boolean isShared() {
        return shared;
    }

    private static @Nullable Replicas replicas(@Nullable String json) {
        return json == null ? null : Json.read(json.getBytes(StandardCharsets.UTF_8), Replicas.class);
    }

    @Override
    public void close() {
        close.run();
    }
}
