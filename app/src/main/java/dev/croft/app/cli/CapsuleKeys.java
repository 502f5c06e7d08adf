package dev.croft.app.cli;

import dev.croft.capsule.CapsuleException;
import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.crypto.ReaderPublicKey;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.vault.api.OwnerKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;

/** The owner's key, as the commands that change a capsule are given it. */
final class CapsuleKeys {
    @Option(names = "--key", required = true, paramLabel = "FILE", description = "The owner's key file.")
    Path file = Path.of("");

    @Option(names = "--passphrase", description = "Ask for the passphrase that seals the owner's key file.")
    boolean passphrase;

    OwnerKey load() throws IOException {
        return OwnerOptions.load(file, passphrase);
    }

    /** Each capsule that the command makes has a writer's key of its own, which the nonce in its metadata tells apart. */
    static SigningKey writerKey(OwnerKey owner, byte[] nonce) {
        return owner.writerKey("capsule/" + HexFormat.of().formatHex(nonce));
    }

    /** Opens a capsule that {@code croft capsule create} made, to append to it. */
    CapsuleWriter open(Path directory) throws IOException {
        SigningKey writer = writer(directory);
        try (OwnerKey owner = load()) {
            return CapsuleWriter.open(directory, writer, owner.readerKey());
        }
    }

    /** The writer's key of such a capsule. */
    SigningKey writer(Path directory) throws IOException {
        try (OwnerKey owner = load()) {
            CapsuleMetadata metadata;
            try (CapsuleReader reader = CapsuleReader.open(existing(directory), null)) {
                metadata = reader.metadata();
            }
            if (!metadata.ownerKey().equals(owner.publicKey())) {
                throw new CapsuleException.WrongKey("owner's key");
            }
            SigningKey writer = writerKey(owner, metadata.nonce());
            if (!metadata.writerKey().equals(writer.verifyingKey())) {
                throw new CommandException(
                        ExitStatus.REFUSED, "a capsule of a private cloud is written by its permission manager only");
            }
            return writer;
        }
    }

    /** The owner and those named by their public keys in hex. */
    static List<ReaderPublicKey> readers(OwnerKey owner, List<String> others) {
        List<ReaderPublicKey> readers =
                new ArrayList<>(List.of(owner.readerKey().publicKey()));
        for (String hex : others) {
            try {
                readers.add(ReaderPublicKey.of(HexFormat.of().parseHex(hex.toLowerCase(Locale.ROOT))));
            } catch (IllegalArgumentException e) {
                throw new CommandException(
                        ExitStatus.USAGE, "a reader's public key is " + 2 * ReaderPublicKey.LENGTH + " hex digits");
            }
        }
        return readers;
    }

    static Path existing(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new NoSuchFileException(directory.toString());
        }
        return directory;
    }
}
