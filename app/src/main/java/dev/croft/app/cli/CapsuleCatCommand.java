package dev.croft.app.cli;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleRecord;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.vault.api.OwnerKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
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
            throw new CommandException(ExitStatus.INPUT, file + ": a reader's key has " + ReaderKey.LENGTH + " bytes");
        }
        return ReaderKey.of(scalar);
    }

    @Override
    ExitStatus run(Output output) throws IOException {
        try (CapsuleReader reader = CapsuleReader.open(CapsuleKeys.existing(directory), readerKey());
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
