package dev.croft.router.registry;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.provider.Arguments;

/** A fresh registry on each database; PostgreSQL is started once for the whole run and is real. */
public final class TestDatabases {

    /** Opens a new, empty registry, or the same one again. */
    public interface Database {
        Registry open(Clock clock);
    }

    private static final class Server {
        static final @Nullable EmbeddedPostgres POSTGRES = start();

        private static @Nullable EmbeddedPostgres start() {
            try {
                EmbeddedPostgres server = EmbeddedPostgres.builder().start();
                Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                    try {
                        server.close();
                    } catch (IOException ignored) {
                        // the process ends anyway
                    }
                }));
                return server;
            } catch (IOException | RuntimeException e) {
                return null;
            }
        }
    }

    private TestDatabases() {}

    /** Both databases, for a parameterized test. */
    public static Stream<Arguments> both() {
        return Stream.of(
                Arguments.of(Named.of("embedded SQLite", (Supplier<Database>) TestDatabases::embedded)),
                Arguments.of(Named.of("PostgreSQL", (Supplier<Database>) TestDatabases::postgres)));
    }

    public static Database embedded() {
        try {
            Path directory = Files.createTempDirectory("croft-registry");
            return clock -> Registry.embedded(directory, clock);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The embedded database without waiting for the disk, for tests that write a lot. */
    public static Database quick() {
        try {
            Path directory = Files.createTempDirectory("croft-registry");
            return clock -> Registry.embedded(directory, clock, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Database postgres() {
        String url = postgresUrl();
        return clock -> {
            Registry registry = Registry.postgres(url, "postgres", "", clock);
            registry.leadership().set(registry.members().lead(Member.FIRST, 0, true, Duration.ofHours(1)));
            return registry;
        };
    }

    /** A new, empty PostgreSQL database, for its user {@code postgres}. */
    public static String postgresUrl() {
        EmbeddedPostgres server = Server.POSTGRES;
        Assumptions.assumeTrue(server != null, "PostgreSQL could not be started on this machine");
        String name = "r" + UUID.randomUUID().toString().replace("-", "");
        try (Connection connection = server.getPostgresDatabase().getConnection();
                var statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return server.getJdbcUrl("postgres", name);
    }
}
