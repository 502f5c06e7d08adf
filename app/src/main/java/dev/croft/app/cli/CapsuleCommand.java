package dev.croft.app.cli;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleRecord;
import dev.croft.capsule.CapsuleVerifier;
import dev.croft.capsule.Heartbeat;
import dev.croft.capsule.RecordHeader;
import dev.croft.capsule.VerificationReport;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.vault.api.OwnerKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule}: capsules in directories, as whoever holds a copy can look at them. */
@Command(
        name = "capsule",
        description = "Verify and read capsules in directories.",
        subcommands = {CapsuleCommand.Verify.class, CapsuleCommand.Log.class, CapsuleCommand.Cat.class})
final class CapsuleCommand extends Group {
    /** {@code croft capsule verify}: checks every byte, without any key. */
    @Command(
            name = "verify",
            description = {
                "Check every record, link, Merkle root and signature; needs no key.",
                "Exit status 7 when any capsule is not as its writer left it."
            })
    static final class Verify extends Subcommand {
        @Parameters(arity = "1..*", paramLabel = "DIR", description = "Directories of capsules.")
        List<Path> directories = List.of();

        @Override
        ExitStatus run(Output output) throws IOException {
            boolean intact = true;
            List<Map<String, Object>> results = new ArrayList<>();
            for (Path directory : directories) {
                VerificationReport report = CapsuleVerifier.verify(existing(directory));
                intact &= report.intact();
                results.add(describe(directory, report));
                if (report.intact()) {
                    output.line("%s: intact, %d records, %d bytes", directory, report.records(), report.bytes());
                } else {
                    output.line("%s: flaw %s: %s", directory, flaw(report), report.detail());
                }
            }
            output.result(results);
            return intact ? ExitStatus.OK : ExitStatus.UNVERIFIED;
        }

        private static String flaw(VerificationReport report) {
            return report.flaw() + " in " + report.position();
        }

        private static Map<String, Object> describe(Path directory, VerificationReport report) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("directory", directory.toString());
            result.put("intact", report.intact());
            result.put("name", String.valueOf(report.name()));
            result.put("records", report.records());
            result.put("bytes", report.bytes());
            Heartbeat head = report.head();
            if (head != null) {
                result.put("root", head.root().toString());
                result.put("head", head.headHash().toString());
            }
            if (report.flaw() != null) {
                result.put("flaw", report.flaw().name());
                result.put("position", String.valueOf(report.position()));
                result.put("detail", report.detail());
            }
            result.put("shredded_epochs", report.shreddedEpochs());
            return result;
        }
    }

    /** {@code croft capsule log}: what can be seen without a key. */
    @Command(
            name = "log",
            description = "List a capsule's records as anyone can see them: sequence, time, hash; needs no key.")
    static final class Log extends Subcommand {
        @Parameters(paramLabel = "DIR", description = "Directory of a capsule.")
        Path directory;

        @Option(names = "--from", defaultValue = "0", description = "First sequence (default: ${DEFAULT-VALUE}).")
        long from;

        @Option(names = "--to", description = "Last sequence, exclusive (default: the end).")
        long to = Long.MAX_VALUE;

        /** One record from outside. */
        record Line(long sequence, String timestamp, int epoch, int length, String hash) {}

        @Override
        ExitStatus run(Output output) throws IOException {
            try (CapsuleReader reader = CapsuleReader.open(existing(directory), null)) {
                output.line("capsule %s", reader.name());
                output.line(
                        "kind    %s, created %s, %d records",
                        reader.metadata().kind(), reader.metadata().created(), reader.size());
                List<Line> lines = new ArrayList<>();
                for (long sequence = Math.max(0, from); sequence < Math.min(to, reader.size()); sequence++) {
                    RecordHeader header = reader.header(sequence);
                    Line line = new Line(
                            sequence,
                            header.timestamp().toString(),
                            header.epoch(),
                            header.bodyLength(),
                            header.hash().toString());
                    if (json) {
                        lines.add(line);
                    } else {
                        output.line(
                                "%8d  %-27s  epoch %d  %7d bytes  %.16s",
                                line.sequence(), line.timestamp(), line.epoch(), line.length(), line.hash());
                    }
                }
                output.result(lines);
            }
            return ExitStatus.OK;
        }
    }

    /** {@code croft capsule cat}: the bodies, for a reader. */
    @Command(
            name = "cat",
            description = {
                "Print a capsule's records as JSON lines, bodies in base64; needs a reader's key.",
                "With --raw the bodies as they are, one after the other."
            })
    static final class Cat extends Subcommand {
        @Parameters(paramLabel = "DIR", description = "Directory of a capsule.")
        Path directory;

        @ArgGroup(multiplicity = "1")
        Keys keys = new Keys();

        @Option(names = "--passphrase", description = "Ask for the passphrase that seals the owner's key file.")
        boolean passphrase;

        /** Whose key opens the bodies: one of two. */
        static final class Keys {
            @Option(names = "--key", paramLabel = "FILE", description = "The key file of a private cloud's owner.")
            @Nullable
            Path owner;

            @Option(
                    names = "--reader-key",
                    paramLabel = "FILE",
                    description = "File with a reader's X25519 private key: 32 bytes.")
            @Nullable
            Path reader;
        }

        @Option(names = "--from", defaultValue = "0", description = "First sequence (default: ${DEFAULT-VALUE}).")
        long from;

        @Option(names = "--to", description = "Last sequence, exclusive (default: the end).")
        long to = Long.MAX_VALUE;

        @Option(names = "--raw", description = "Print the bodies and nothing else.")
        boolean raw;

        private ReaderKey readerKey() throws IOException {
            if (keys.owner != null) {
                try (OwnerKey owner = OwnerOptions.load(keys.owner, passphrase)) {
                    return owner.readerKey();
                }
            }
            Path file = Objects.requireNonNull(keys.reader);
            byte[] scalar = Files.size(file) == ReaderKey.LENGTH ? Files.readAllBytes(file) : new byte[0];
            if (scalar.length != ReaderKey.LENGTH) {
                throw new CommandException(
                        ExitStatus.INPUT, file + ": a reader's key has " + ReaderKey.LENGTH + " bytes");
            }
            return ReaderKey.of(scalar);
        }

        @Override
        ExitStatus run(Output output) throws IOException {
            try (CapsuleReader reader = CapsuleReader.open(existing(directory), readerKey());
                    Stream<CapsuleRecord> records = reader.range(
                            Math.max(0, Math.min(from, reader.size())), Math.max(0, Math.min(to, reader.size())))) {
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
            return ExitStatus.OK;
        }
    }

    private static Path existing(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new NoSuchFileException(directory.toString());
        }
        return directory;
    }
}
