package dev.croft.app.cli;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleRecord;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.server.Reading;
import dev.croft.capsule.server.ReplicatedReader;
import dev.croft.capsule.server.ServerAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule cat}: the bodies, for a reader. */
@Command(
        name = "cat",
        description = {
            "Print a capsule's records as JSON lines, bodies in base64; needs a reader's key.",
            "With --raw the bodies as they are, one after the other."
        })
final class CapsuleCatCommand extends Subcommand {
    @Parameters(paramLabel = "DIR", description = "Directory of a capsule.")
    Path directory;

    @Mixin
    CapsuleAskerOptions asker = new CapsuleAskerOptions();

    @Option(
            names = "--server",
            paramLabel = "SERVER",
            description = "Bring the copy in DIR up to this server, KEY@HOST:PORT, first; may be repeated.")
    List<String> servers = List.of();

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "With --server, the capsule's name, when DIR is not there yet.")
    @Nullable
    String name;

    @Option(
            names = "--quorum",
            defaultValue = "1",
            description = "With --server, how many must answer (default: ${DEFAULT-VALUE}).")
    int quorum;

    @Option(
            names = "--no-older-than",
            paramLabel = "TIME",
            description =
                    "Refuse, with exit status 6, when the newest head is older by the writer's clock: a time such as 2026-01-31T08:00:00Z, "
                            + "or seconds before now.")
    @Nullable
    String noOlderThan;

    @Option(names = "--from", defaultValue = "0", description = "First sequence (default: ${DEFAULT-VALUE}).")
    long from;

    @Option(names = "--to", description = "Last sequence, exclusive (default: the end).")
    long to = Long.MAX_VALUE;

    @Option(names = "--raw", description = "Print the bodies and nothing else.")
    boolean raw;

    private Instant notOlder() {
        if (noOlderThan == null) {
            return Instant.EPOCH;
        }
        try {
            return noOlderThan.matches("[0-9]{1,9}")
                    ? Instant.now().minusSeconds(Long.parseLong(noOlderThan))
                    : Instant.parse(noOlderThan);
        } catch (DateTimeParseException e) {
            throw new CommandException(ExitStatus.USAGE, "--no-older-than takes a time in ISO 8601, or seconds");
        }
    }

    /** Brings the copy up to the newest head of as many servers as were asked for. */
    private void refresh(Instant notOlder) throws IOException, InterruptedException {
        List<ServerAddress> addresses = CapsuleOwnerOptions.servers(servers);
        if (quorum < 1 || quorum > addresses.size()) {
            throw new CommandException(ExitStatus.USAGE, "--quorum lies between 1 and the number of servers");
        }
        Reading reading = asker.reading();
        CapsuleMetadata metadata =
                CapsuleSources.metadata(name == null ? directory.toString() : name, directory, addresses, reading);
        try (var reader = new ReplicatedReader(directory, metadata, addresses, reading, quorum)) {
            ReplicatedReader.View view = reader.refresh(notOlder);
            if (!view.evidence().isEmpty()) {
                throw new ReplicationException.Forked(view.evidence().getFirst());
            }
            if (!reader.isWhole(view.head()) || !reader.isMain(view.head())) {
                throw new CommandException(
                        ExitStatus.UNAVAILABLE,
                        "the servers do not have all that leads to the newest head, or it is on a branch");
            }
        }
    }

    @Override
    ExitStatus run(Output output) throws IOException, InterruptedException {
        Instant notOlder = notOlder();
        if (!servers.isEmpty()) {
            refresh(notOlder);
        }
        try (CapsuleReader reader = asker.whose.open(directory)) {
            if (reader.head().timestamp().isBefore(notOlder)) {
                throw new ReplicationException.Stale(reader.head().timestamp(), notOlder);
            }
            print(reader, output);
        }
        return ExitStatus.OK;
    }

    private void print(CapsuleReader reader, Output output) {
        try (Stream<CapsuleRecord> records =
                reader.range(Math.max(0, Math.min(from, reader.size())), Math.max(0, Math.min(to, reader.size())))) {
            records.forEach(record -> {
                if (raw) {
                    output.out().flush();
                    System.out.writeBytes(record.body());
                } else {
                    output.out()
                            .printf(
                                    "{\"sequence\":%d,\"timestamp\":\"%s\",\"body\":\"%s\"}%n",
                                    record.sequence(),
                                    record.timestamp(),
                                    Base64.getEncoder().encodeToString(record.body()));
                }
            });
            System.out.flush();
        }
    }
}
