package dev.croft.app.cli;

import dev.croft.capsule.CapsuleMetadata;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.WriterMode;
import dev.croft.capsule.crypto.SigningKey;
import dev.croft.vault.api.OwnerKey;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule create}: an empty capsule. */
@Command(name = "create", description = "Make an empty capsule in a new directory and print its name.")
final class CapsuleCreateCommand extends Subcommand {
    private static final int NONCE_BYTES = 16;

    @Parameters(paramLabel = "DIR", description = "The new directory.")
    Path directory;

    @Mixin
    CapsuleKeys keys;

    @Option(
            names = "--kind",
            defaultValue = "records",
            description = "What the records are: a-z 0-9 . / - (default: ${DEFAULT-VALUE}).")
    String kind = "records";

    @Option(
            names = "--reader",
            paramLabel = "HEX",
            description = "Public key of someone who may read besides the owner; may be repeated.")
    List<String> readers = List.of();

    @Option(
            names = "--branches",
            description = "Let the history branch after a writer lost its state; otherwise two histories convict it.")
    boolean branches;

    @Override
    ExitStatus run(Output output) throws IOException {
        if (!kind.matches("[a-z0-9./-]{1,64}")) {
            throw new CommandException(ExitStatus.USAGE, "a kind is 1 to 64 of a-z 0-9 . / -");
        }
        byte[] nonce = new byte[NONCE_BYTES];
        new SecureRandom().nextBytes(nonce);
        try (OwnerKey owner = keys.load()) {
            SigningKey writer = CapsuleKeys.writerKey(owner, nonce);
            var metadata = new CapsuleMetadata(
                    owner.publicKey(),
                    writer.verifyingKey(),
                    Instant.now(),
                    kind,
                    nonce,
                    branches ? WriterMode.QUASI : WriterMode.STRICT);
            CapsuleWriter.create(directory, metadata, writer, CapsuleKeys.readers(owner, readers))
                    .close();
            output.line("%s", metadata.name());
            output.result(Map.of("name", metadata.name().toString(), "directory", directory.toString()));
        }
        return ExitStatus.OK;
    }
}
