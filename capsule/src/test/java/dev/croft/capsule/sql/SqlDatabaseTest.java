package dev.croft.capsule.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleOptions;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleReplica;
import dev.croft.capsule.CapsuleVerifier;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.codec.Malformed;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.view.RecordLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqlDatabaseTest {
    @TempDir
    Path temp;

    private final SigningKey writerKey = SigningKey.generate();
    private final ReaderKey readerKey = ReaderKey.generate();
    private Path directory;

    @BeforeEach
    void create() {
        directory = temp.resolve("c");
        var metadata = CapsuleMetadata.create(writerKey.verifyingKey(), writerKey.verifyingKey(), "sql");
        CapsuleWriter.create(directory, metadata, writerKey, List.of(readerKey.publicKey()))
                .close();
    }

    private CapsuleWriter writer() {
        return CapsuleWriter.open(directory, writerKey, readerKey);
    }

    private static SqlWork<Integer> run(String... statements) {
        return connection -> {
            try (Statement statement = connection.createStatement()) {
                int rows = 0;
                for (String sql : statements) {
                    rows += statement.executeUpdate(sql);
                }
                return rows;
            }
        };
    }

    private static List<String> rows(Connection connection, String query) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            while (result.next()) {
                StringBuilder row = new StringBuilder();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    row.append(i > 1 ? "|" : "").append(result.getString(i));
                }
                rows.add(row.toString());
            }
        }
        return rows;
    }

    private static SqlWork<List<String>> query(String sql) {
        return connection -> rows(connection, sql);
    }

    /** Everything in the database, and that SQLite finds nothing wrong with it. */
    private static List<String> all(Connection connection) throws SQLException {
        List<String> all = new ArrayList<>(rows(connection, "PRAGMA integrity_check"));
        for (String table : rows(
                connection, "SELECT name FROM sqlite_schema WHERE type='table' AND name LIKE 't%' ORDER BY name")) {
            all.add(table);
            all.addAll(rows(connection, "SELECT * FROM " + table + " ORDER BY 1"));
        }
        return all;
    }

    private static void random(SqlDatabase database, SplittableRandom random) throws SQLException {
        switch (random.nextInt(8)) {
            case 0 -> {
                String name = "t" + random.nextInt(1000);
                database.write(run("CREATE TABLE IF NOT EXISTS " + name + "(a INTEGER PRIMARY KEY, b)"));
            }
            case 1 -> database.write(run("DELETE FROM t WHERE a % 3 = " + random.nextInt(3)));
            case 2 -> database.write(run("UPDATE t SET b = random() WHERE a % 5 = " + random.nextInt(5)));
            case 3 ->
                assertThatThrownBy(() -> database.write(run("INSERT INTO t(b) VALUES ('lost')", "SELECT nonsense")))
                        .isInstanceOf(SQLException.class);
            default -> {
                int count = random.nextInt(30);
                int bytes = random.nextInt(3000);
                database.write(connection -> {
                    try (PreparedStatement insert = connection.prepareStatement(
                            "INSERT INTO t(b) VALUES (hex(randomblob(?)) || datetime('now'))")) {
                        for (int i = 0; i < count; i++) {
                            insert.setInt(1, bytes);
                            insert.executeUpdate();
                        }
                    }
                    return count;
                });
            }
        }
    }

    @Test
    void aReplicaElsewhereFollowsLiveAndEveryPastStateCanBeQueried() throws Exception {
        SplittableRandom random = new SplittableRandom(6);
        TreeMap<Long, List<String>> states = new TreeMap<>();
        Path copy = temp.resolve("copy");
        try (CapsuleReader source = CapsuleReader.open(directory, readerKey);
                CapsuleReplica server = CapsuleReplica.open(copy, source.metadata(), CapsuleOptions.standard())) {
            try (CapsuleWriter writer = writer();
                    SqlDatabase database = SqlDatabase.open(writer, temp.resolve("db"));
                    CapsuleReader reader = read(server, source, copy);
                    SqlReplica replica = SqlReplica.open(reader, temp.resolve("replica"))) {
                database.write(run("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "CREATE INDEX i ON t(b)"));
                for (int i = 0; i < 60; i++) {
                    random(database, random);
                    List<String> now = database.read(SqlDatabaseTest::all);
                    states.put(database.size(), now);
                    if (i % 4 == 0) {
                        source.refresh();
                        server.catchUp(source);
                        replica.refresh();
                        assertThat(replica.read(SqlDatabaseTest::all)).isEqualTo(now);
                    }
                }
                assertThatThrownBy(() -> replica.read(run("DELETE FROM t"))).isInstanceOf(SQLException.class);
            }
            source.refresh();
            server.catchUp(source);
            try (CapsuleReader reader = CapsuleReader.open(copy, readerKey)) {
                for (var state : states.descendingMap().entrySet()) {
                    Path file = temp.resolve("past" + state.getKey());
                    try (SqlReplica past = SqlReplica.at(reader, file, state.getKey())) {
                        assertThat(past.read(SqlDatabaseTest::all)).isEqualTo(state.getValue());
                    }
                }
                try (SqlReplica again = SqlReplica.open(reader, temp.resolve("replica"))) {
                    assertThat(again.read(SqlDatabaseTest::all))
                            .isEqualTo(states.lastEntry().getValue());
                }
            }
        }
        assertThat(CapsuleVerifier.verify(copy).intact()).isTrue();
    }

    private CapsuleReader read(CapsuleReplica server, CapsuleReader source, Path copy) {
        server.catchUp(source);
        return CapsuleReader.open(copy, readerKey);
    }

    @Test
    void whateverACrashLeavesOfFileAndCapsuleWhatWriteReturnedForIsThere() throws Exception {
        Path file = temp.resolve("db");
        Path segment = directory.resolve("segments/00000000000000000000.seg");
        TreeMap<Long, List<String>> states = new TreeMap<>();
        try (CapsuleWriter writer = writer();
                SqlDatabase database = SqlDatabase.open(writer, file)) {
            SplittableRandom random = new SplittableRandom(9);
            database.write(run("CREATE TABLE t(a INTEGER PRIMARY KEY, b)"));
            for (int i = 0; i < 25; i++) {
                random(database, random);
                states.put(Files.size(segment), database.read(SqlDatabaseTest::all));
            }
            // What a killed process leaves: its file and write-ahead log, and no note that they are whole.
            for (Path left : List.of(file, temp.resolve("db-wal"))) {
                Files.copy(left, temp.resolve("left-" + left.getFileName()));
            }
        }
        byte[] whole = Files.readAllBytes(segment);
        SplittableRandom random = new SplittableRandom(10);
        for (int i = 0; i < 20; i++) {
            int cut = random.nextInt(states.firstKey().intValue(), whole.length + 1);
            Files.write(segment, Arrays.copyOf(whole, cut));
            Files.deleteIfExists(directory.resolve("tail"));
            Files.deleteIfExists(temp.resolve("db.state"));
            for (String name : List.of("db", "db-wal")) {
                Files.copy(temp.resolve("left-" + name), temp.resolve(name), StandardCopyOption.REPLACE_EXISTING);
            }
            try (CapsuleWriter writer = writer();
                    SqlDatabase database = SqlDatabase.open(writer, file)) {
                List<String> now = database.read(SqlDatabaseTest::all);
                assertThat(states.values()).contains(now);
                assertThat(now).isEqualTo(states.floorEntry((long) cut).getValue());
                database.write(run("CREATE TABLE tafter(a)"));
            }
        }
    }

    @Test
    void snapshotsKeepOpeningIndependentOfHowMuchWasEverWritten() throws Exception {
        try (CapsuleWriter writer = writer();
                SqlDatabase database = SqlDatabase.open(writer, temp.resolve("db"))) {
            database.write(run("CREATE TABLE t(a INTEGER PRIMARY KEY, b)"));
            for (int i = 0; i < 40; i++) {
                database.write(run("REPLACE INTO t VALUES (" + i % 4 + ", randomblob(100000))"));
            }
        }
        try (CapsuleReader reader = CapsuleReader.open(directory, readerKey)) {
            long[] snapshots = {0};
            RecordLog log = RecordLog.of(reader);
            log.scan(0, reader.size(), (sequence, body) -> {
                SqlRecord part = SqlRecord.decode(sequence, body);
                snapshots[0] += part.snapshot() && part.last() ? 1 : 0;
            });
            assertThat(snapshots[0]).isGreaterThan(1);
            assertThat(SqlLog.fromSnapshot(log, reader.size()).applied()).isGreaterThan(20);
            try (SqlReplica replica = SqlReplica.open(reader, temp.resolve("r"))) {
                assertThat(replica.read(query("SELECT count(*), min(length(b)) FROM t")))
                        .containsExactly("4|100000");
            }
        }
    }

    @Test
    void transactionsOfManyThreadsHappenOneAfterTheOtherWhileReadersSeeWholeStates() throws Exception {
        try (CapsuleWriter writer = writer();
                SqlDatabase database = SqlDatabase.open(writer, temp.resolve("db"));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            database.write(
                    run("CREATE TABLE t(a INTEGER PRIMARY KEY, b INTEGER)", "INSERT INTO t VALUES (1, 0), (2, 0)"));
            List<Future<?>> work = new ArrayList<>();
            CountDownLatch done = new CountDownLatch(8);
            for (int i = 0; i < 8; i++) {
                work.add(threads.submit(() -> {
                    for (int n = 0; n < 20; n++) {
                        database.write(run("UPDATE t SET b = b + 1 WHERE a = 1", "UPDATE t SET b = b - 1 WHERE a = 2"));
                    }
                    done.countDown();
                    return null;
                }));
            }
            while (done.getCount() > 0) {
                assertThat(database.read(query("SELECT sum(b) FROM t"))).containsExactly("0");
            }
            for (Future<?> each : work) {
                each.get();
            }
            assertThat(database.read(query("SELECT b FROM t"))).containsExactly("160", "-160");
        }
    }

    @Test
    void aRecordThatIsNoneIsRefused() throws IOException {
        var pages = new TreeMap<Integer, byte[]>();
        pages.put(1, new byte[4096]);
        byte[] noise = new byte[4096];
        new SplittableRandom(1).nextBytes(noise);
        pages.put(3, noise);
        byte[] encoded = new SqlRecord(7, 6, true, false, 4096, 3, pages).encode();
        SqlRecord decoded = SqlRecord.decode(7, encoded);
        assertThat(decoded.pages().get(3)).isEqualTo(noise);
        assertThat(decoded.pages().get(1)).isEqualTo(new byte[4096]);
        assertThatThrownBy(() -> SqlRecord.decode(6, encoded)).isInstanceOf(Malformed.class);
        for (int length = 0; length < encoded.length; length += 3) {
            byte[] cut = Arrays.copyOf(encoded, length);
            assertThatThrownBy(() -> SqlRecord.decode(7, cut)).isInstanceOf(Malformed.class);
        }
    }
}
