package dev.croft.app.cli;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.sql.SqlDatabase;
import dev.croft.capsule.sql.SqlReplica;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule sql}: a capsule as an SQLite database. */
@Command(
        name = "sql",
        description = {
            "Run SQL on the database (SQLite) in a capsule: on any copy to read, now or as it was; with --write, where its writer is,",
            "all statements as one transaction, which is durable in the capsule when the command ends."
        })
final class CapsuleSqlCommand extends Subcommand {
    @Parameters(index = "0", paramLabel = "DIR", description = "Directory of a capsule.")
    Path directory;

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "STATEMENT", description = "One SQL statement each.")
    List<String> statements = new ArrayList<>();

    @Mixin
    CapsuleReading reading = new CapsuleReading();

    @Option(
            names = "--script",
            paramLabel = "FILE",
            description = "With --write, a file of statements to run first; what they select is not shown.")
    @Nullable
    Path script;

    @Option(
            names = "--write",
            description = "Let statements change the database; takes the owner's key and no other writer.")
    boolean write;

    @Option(
            names = "--at",
            paramLabel = "SIZE|TIME",
            description = "As it was when the capsule had SIZE records, or at TIME (default: now).")
    @Nullable
    AsOf at;

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = {
                "Keep the database in this file, in clear, so that the next command need not make it anew.",
                "Default: a private temporary file."
            })
    @Nullable
    Path file;

    @Option(
            names = "--follow",
            description =
                    "Until stopped, keep --file as the copy grows, for any program that reads SQLite; run the statements on each change.")
    boolean follow;

    @Option(
            names = "--limit",
            defaultValue = "10000",
            description = "Most rows of each statement (default: ${DEFAULT-VALUE}).")
    int limit;

    @Override
    ExitStatus run(Output output) throws Exception {
        if (write && (at != null || follow) || at != null && follow) {
            throw new CommandException(ExitStatus.USAGE, "--write, --at and --follow exclude each other");
        }
        if (follow && file == null || script != null && !write) {
            throw new CommandException(ExitStatus.USAGE, follow ? "--follow takes --file" : "--script takes --write");
        }
        if (statements.isEmpty() && script == null && !follow) {
            throw new CommandException(ExitStatus.USAGE, "no statement to run");
        }
        Path temporary = Files.createTempDirectory("croft-sql");
        try {
            Path database = file == null ? temporary.resolve("db") : file;
            if (write) {
                write(database, output);
            } else {
                read(database, output);
            }
        } catch (SQLException e) {
            throw new CommandException(ExitStatus.INPUT, String.valueOf(e.getMessage()), e);
        } finally {
            delete(temporary);
        }
        return ExitStatus.OK;
    }

    private void write(Path database, Output output) throws IOException, SQLException {
        String first = script == null ? "" : Files.readString(script);
        try (CapsuleWriter writer = reading.openToWrite(directory);
                SqlDatabase sql = SqlDatabase.open(writer, database)) {
            List<SqlRows> results = sql.write(connection -> {
                if (!first.isBlank()) {
                    try (var statement = connection.createStatement()) {
                        statement.executeUpdate(first);
                    }
                }
                return all(connection);
            });
            tell(results, sql.size(), output);
        }
    }

    private void read(Path database, Output output) throws IOException, SQLException, InterruptedException {
        try (CapsuleReader reader = reading.open(directory);
                SqlReplica replica = at == null
                        ? SqlReplica.open(reader, database)
                        : SqlReplica.at(reader, database, at.in(reader))) {
            tell(replica.read(this::all), replica.applied(), output);
            if (follow) {
                follow(replica, output);
            }
        }
    }

    private void follow(SqlReplica replica, Output output) throws IOException, SQLException, InterruptedException {
        CountDownLatch stop = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            stop.countDown();
                            try {
                                boolean closed = ended.await(10, TimeUnit.SECONDS);
                                assert closed;
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        },
                        "stop"));
        try {
            long shown = replica.applied();
            while (!stop.await(200, TimeUnit.MILLISECONDS)) {
                long now = replica.refresh();
                if (now != shown) {
                    shown = now;
                    tell(replica.read(this::all), now, output);
                }
            }
            // Closed here, so that the file is whole when the process ends.
            replica.close();
        } finally {
            ended.countDown();
        }
    }

    private List<SqlRows> all(Connection connection) throws SQLException {
        List<SqlRows> results = new ArrayList<>();
        for (String statement : statements) {
            results.add(SqlRows.of(connection, statement, limit));
        }
        return results;
    }

    private void tell(List<SqlRows> results, long size, Output output) {
        for (SqlRows rows : results) {
            if (rows.columns().isEmpty()) {
                output.line("%d rows changed", rows.changed());
            } else {
                output.table(rows.columns(), rows.asText());
                if (rows.cut()) {
                    output.warn("only the first %d rows are shown", limit);
                }
            }
        }
        if (write || follow) {
            output.line(write ? "durable, %d records" : "as of %d records", size);
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("records", size);
        result.put("results", results.stream().map(SqlRows::asJson).toList());
        output.result(result);
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            for (Path made : files.toList()) {
                Files.deleteIfExists(made);
            }
        }
        Files.delete(folder);
    }
}
