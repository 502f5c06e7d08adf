package dev.croft.router.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.router.RouterException;
import dev.croft.router.TestClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What earlier releases kept in H2 is there in SQLite, all of it, once. */
class H2ImportTest {

    private static final String SECRET = "A".repeat(43);
    private static final String LONG_TEXT = "{\"command\":[\"run\"],\"description\":\"" + "é".repeat(20_000) + "\"}";
    private static final String CLOUD = "0123456789abcdef0123456789abcdef";

    @TempDir
    Path directory;

    private final TestClock clock = new TestClock("2026-11-21T08:00:00Z");

    /** A registry as the release before left it: its two migrations, and rows that use every type of column. */
    private void old() throws Exception {
        String url = "jdbc:h2:file:" + directory.resolve("registry") + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE"
                + ";DEFAULT_NULL_ORDERING=HIGH;DB_CLOSE_ON_EXIT=FALSE";
        Flyway.configure()
                .dataSource(url, "croft", "")
                .locations("classpath:dev/croft/router/registry")
                .target("2")
                .load()
                .migrate();
        String hash = HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(SECRET.getBytes(StandardCharsets.US_ASCII)));
        try (Connection connection = DriverManager.getConnection(url, "croft", "");
                Statement sql = connection.createStatement()) {
            sql.execute("INSERT INTO accounts (id, name, role, created, failed_logins)"
                    + " VALUES ('a1', 'ana', 'OWNER', TIMESTAMP WITH TIME ZONE '2026-11-20 09:30:00.123+01:00', 2)");
            sql.execute("INSERT INTO accounts (id, name, role, created, disabled)"
                    + " VALUES ('a2', 'bo', 'ANALYST', TIMESTAMP WITH TIME ZONE '2026-11-20 08:30:00Z', TRUE)");
            sql.execute(
                    "INSERT INTO api_tokens (id, account_id, label, hash, scopes, created, expires)"
                            + " VALUES ('0123456789abcdef', 'a1', 'phone', X'" + hash + "', 'data',"
                            + " TIMESTAMP WITH TIME ZONE '2026-11-20 08:30:00Z', TIMESTAMP WITH TIME ZONE '2026-12-20 08:30:00Z')");
            sql.execute(
                    "INSERT INTO private_clouds (id, account_id, label, hosting, state, created, last_used)"
                            + " VALUES ('" + CLOUD + "', 'a1', 'mine', 'SHARED', 'AWAKE',"
                            + " TIMESTAMP WITH TIME ZONE '2026-11-20 08:30:00Z', TIMESTAMP WITH TIME ZONE '2026-11-20 08:31:00Z')");
            sql.execute("INSERT INTO catalogue (name, version, digest, definition, added_by, added) VALUES"
                    + " ('pipeline', '1', 'sha256:" + "ab".repeat(32) + "', '" + LONG_TEXT + "', 'root',"
                    + " TIMESTAMP WITH TIME ZONE '2026-11-20 08:30:00Z')");
            sql.execute("INSERT INTO operator_audit (at, actor, act, subject, outcome) VALUES"
                    + " (TIMESTAMP WITH TIME ZONE '2026-11-20 08:30:00Z', 'root', 'made', 'ana', 'ok')");
            for (int i = 0; i < 2500; i++) {
                sql.execute("INSERT INTO budget_journal (seq, at, actor, command) VALUES (" + i
                        + ", TIMESTAMP WITH TIME ZONE '2026-11-20 08:30:00Z', 'router', '{}')");
            }
        }
    }

    @Test
    void everyRowIsTakenOverOnce() throws Exception {
        old();
        Files.writeString(directory.resolve("registry.importing"), "what a crash left");
        try (Registry registry = Registry.embedded(directory, clock)) {
            assertThat(registry.accounts().list(0, 10))
                    .extracting(Account::name)
                    .containsExactly("ana", "bo");
            Account ana = registry.accounts().findByName("ana").orElseThrow();
            assertThat(ana.created()).isEqualTo(Instant.parse("2026-11-20T08:30:00.123Z"));
            assertThat(registry.accounts().findByName("bo").orElseThrow().disabled())
                    .isTrue();
            assertThat(registry.tokens().authenticate("croft_0123456789abcdef_" + SECRET))
                    .hasValueSatisfying(bearer -> assertThat(bearer.account()).isEqualTo(ana));
            assertThat(registry.clouds().find(CLOUD)).isPresent();
            assertThat(registry.catalogue().newest("pipeline").orElseThrow().definition())
                    .isEqualTo(LONG_TEXT);
            var seen = new ArrayList<Long>();
            registry.budget().replay(entry -> seen.add(entry.seq()));
            assertThat(seen).hasSize(2500);
            registry.audit().append("root", "next", "ana", "ok");
        }
        assertThat(directory.resolve("registry.mv.db")).doesNotExist();
        assertThat(directory.resolve("registry.mv.db.imported")).exists();
        try (Registry registry = Registry.embedded(directory, clock)) {
            assertThat(registry.audit().list(0, 10))
                    .extracting(AuditTrail.Entry::act)
                    .containsExactly("made", "next");
        }
    }

    @Test
    void anUnreadableOneIsLeftAsItIsAndSaidSo() throws Exception {
        byte[] garbage = "not a database".repeat(1000).getBytes(StandardCharsets.US_ASCII);
        Path old = directory.resolve("registry.mv.db");
        Files.write(old, garbage);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> Registry.embedded(directory, clock))
                    .isInstanceOf(RouterException.Broken.class)
                    .hasMessageContaining("registry.mv.db")
                    .hasMessageContaining("move it away");
            assertThat(Files.readAllBytes(old)).isEqualTo(garbage);
            assertThat(directory.resolve("registry.db")).doesNotExist();
        }
    }
}
