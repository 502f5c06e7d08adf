package dev.croft.app.cli;

import dev.croft.capsule.CapsuleOptions;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.capsule.delegation.Delegation.Role;
import dev.croft.capsule.replication.Durability;
import dev.croft.capsule.replication.ReplicationException;
import dev.croft.capsule.server.Reading;
import dev.croft.capsule.server.ReplicatedWriter;
import dev.croft.capsule.server.ServerAddress;
import dev.croft.vault.api.OwnerKey;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule append}: records from files, or from the lines of standard input. */
@Command(
        name = "append",
        description = {
            "Append each FILE as a record, or without --file each line of standard input.",
            "Ends once everything is durable; lines that come slowly are appended as they come.",
            "With --to, once as many servers as --durability says have signed that they have it, too; exit status 6 when they have not in time."
        })
final class CapsuleAppendCommand extends Subcommand {
    private static final int MOST_WAITING = 4096;
    private static final int MOST_WAITING_BYTES = 8 << 20;

    @Parameters(paramLabel = "DIR", description = "Directory of a capsule.")
    Path directory;

    @Mixin
    CapsuleKeys keys;

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = "A file whose content becomes one record, at most 16 MiB; may be repeated.")
    List<Path> files = List.of();

    @Option(
            names = "--to",
            paramLabel = "SERVER",
            description = "A server, KEY@HOST:PORT, that must have the records, too; may be repeated.")
    List<String> servers = List.of();

    @Option(
            names = "--durability",
            defaultValue = "QUORUM",
            description =
                    "With --to, on how many of the servers: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    Durability durability = Durability.QUORUM;

    @Option(
            names = "--wait-seconds",
            defaultValue = "30",
            description = "With --to, how long each append waits for them (default: ${DEFAULT-VALUE}).")
    long waitSeconds;

    @Option(
            names = "--days",
            defaultValue = "365",
            description = "With --to, how long the servers may serve it (default: ${DEFAULT-VALUE}).")
    long days;

    /** Appends, and returns once that is as durable as was asked for. */
    @FunctionalInterface
    private interface Appending {
        void append(List<byte[]> bodies);
    }

    @Override
    ExitStatus run(Output output) throws IOException {
        if (waitSeconds < 1 || waitSeconds > 86_400 || days < 1 || days > 36_500) {
            throw new CommandException(ExitStatus.USAGE, "a number is out of range");
        }
        try (CapsuleWriter writer = keys.open(directory)) {
            long first = writer.size();
            if (servers.isEmpty()) {
                append(writer::append);
            } else {
                try (var replicated = replicated(writer)) {
                    append(replicated::append);
                    // The others get what they lack while that takes no longer than the append was let.
                    replicated.settle(Duration.ofSeconds(1));
                } catch (ReplicationException.NotEnough e) {
                    output.warn("appended " + first + " to " + (writer.size() - 1) + " here, but " + e.getMessage()
                            + ": 'croft capsule replicate' sends the rest");
                    return ExitStatus.UNAVAILABLE;
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return ExitStatus.INTERRUPTED;
                }
            }
            long count = writer.size() - first;
            if (count == 0) {
                output.line("nothing appended, %d records", writer.size());
            } else {
                output.line("appended %d to %d, durable", first, writer.size() - 1);
            }
            output.result(Map.of("first", first, "count", count, "size", writer.size()));
        }
        return ExitStatus.OK;
    }

    private void append(Appending to) throws IOException {
        if (files.isEmpty()) {
            lines(to, System.in);
        } else {
            for (Path file : files) {
                to.append(List.of(content(file)));
            }
        }
    }

    private ReplicatedWriter replicated(CapsuleWriter writer) throws IOException {
        SigningKey key;
        try (OwnerKey owner = keys.load()) {
            key = owner.signingKey();
        }
        var delegating = new CapsuleOwnerOptions();
        delegating.days = days;
        List<ReplicatedWriter.Target> targets = new ArrayList<>();
        for (ServerAddress address : CapsuleOwnerOptions.servers(servers)) {
            targets.add(new ReplicatedWriter.Target(
                    address, delegating.delegate(directory, key, writer.metadata(), Role.SERVE, address.key())));
        }
        return new ReplicatedWriter(
                writer, directory, targets, new Reading(key, null), durability, Duration.ofSeconds(waitSeconds));
    }

    private static byte[] content(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString());
        }
        if (Files.size(file) > CapsuleOptions.MOST_RECORD_BYTES) {
            throw new CommandException(ExitStatus.INPUT, file + ": a record has at most 16 MiB");
        }
        return Files.readAllBytes(file);
    }

    private static void lines(Appending to, InputStream from) throws IOException {
        InputStream in = new BufferedInputStream(from, 64 << 10);
        List<byte[]> waiting = new ArrayList<>();
        long bytes = 0;
        for (byte[] line = line(in); line != null; line = line(in)) {
            waiting.add(line);
            bytes += line.length;
            if (in.available() == 0 || waiting.size() == MOST_WAITING || bytes > MOST_WAITING_BYTES) {
                to.append(List.copyOf(waiting));
                waiting.clear();
                bytes = 0;
            }
        }
        if (!waiting.isEmpty()) {
            to.append(waiting);
        }
    }

    private static byte @Nullable [] line(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream();
        int next = in.read();
        if (next < 0) {
            return null;
        }
        while (next >= 0 && next != '\n') {
            line.write(next);
            if (line.size() > CapsuleOptions.MOST_RECORD_BYTES) {
                throw new CommandException(ExitStatus.INPUT, "a line has at most 16 MiB");
            }
            next = in.read();
        }
        return line.toByteArray();
    }
}
