package dev.croft.app.cli;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.vault.api.OwnerKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Whose key opens a capsule's bodies. */
final class CapsuleReading {
    @ArgGroup(multiplicity = "1")
    Keys keys = new Keys();

    @Option(names = "--passphrase", description = "Ask for the passphrase that seals the owner's key file.")
    boolean passphrase;

    /** One of two. */
    static final class Keys {
        @Option(names = "--key", paramLabel = "FILE", description = "The owner's key file.")
        @Nullable
        Path owner;

        @Option(
                names = "--reader-key",
                paramLabel = "FILE",
                description = "File with a reader's X25519 private key: 32 bytes.")
        @Nullable
        Path reader;
    }

    ReaderKey key() throws IOException {
        if (keys.owner != null) {
            try (OwnerKey owner = OwnerOptions.load(keys.owner, passphrase)) {
                return owner.readerKey();
            }
        }
        return readerKey(Objects.requireNonNull(keys.reader));
    }

    /** A reader's key from its file. */
    static ReaderKey readerKey(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString());
        }
        byte[] scalar = Files.size(file) == ReaderKey.LENGTH ? Files.readAllBytes(file) : new byte[0];
        if (scalar.length != ReaderKey.LENGTH) {
            throw new CommandException(ExitStatus.INPUT, file + ": a reader's key has " + ReaderKey.LENGTH + " bytes");
        }
        return ReaderKey.of(scalar);
    }

    /** Opens any copy of a capsule to read. */
    CapsuleReader open(Path directory) throws IOException {
        return CapsuleReader.open(CapsuleKeys.existing(directory), key());
    }

    /** Opens a capsule to append to it, which takes its owner's key. */
    CapsuleWriter openToWrite(Path directory) throws IOException {
        if (keys.owner == null) {
            throw new CommandException(ExitStatus.USAGE, "writing takes the owner's key: --key");
        }
        CapsuleKeys owner = new CapsuleKeys();
        owner.file = keys.owner;
        owner.passphrase = passphrase;
        return owner.open(directory);
    }
}
