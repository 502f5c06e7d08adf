package dev.croft.app.cli;

import dev.croft.capsule.crypto.ReaderKey;
import dev.croft.vault.api.OwnerKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule key}: a key for an owner, or for someone who may only read. */
@Command(
        name = "key",
        description = {
            "Make an owner's key file, or with --reader the key of someone who may only read.",
            "Prints the public key that others read for; losing the file loses what only it opens."
        })
final class CapsuleKeyCommand extends Subcommand {
    @Parameters(paramLabel = "FILE", description = "The new file.")
    Path file;

    @Option(names = "--reader", description = "Make a reader's key: 32 bytes.")
    boolean reader;

    @Option(
            names = "--asking",
            description =
                    "Print, of the reader's key that is in FILE, the public key by which they ask servers; see delegate.")
    boolean asking;

    @Override
    ExitStatus run(Output output) throws IOException {
        if (asking) {
            String shown =
                    CapsuleReading.readerKey(file).askingKey().verifyingKey().toString();
            output.line("%s", shown);
            output.result(Map.of("file", file.toString(), "asking_key", shown));
            return ExitStatus.OK;
        }
        ReaderKey key;
        if (reader) {
            key = ReaderKey.generate();
            var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
            try (FileChannel out = FileChannel.open(
                    file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerOnly)) {
                out.write(ByteBuffer.wrap(key.secretScalar()));
                out.force(true);
            }
        } else {
            if (Files.exists(file)) {
                throw new FileAlreadyExistsException(file.toString());
            }
            try (OwnerKey owner = OwnerKey.generate()) {
                owner.save(file, null);
                key = owner.readerKey();
            }
        }
        String publicKey = HexFormat.of().formatHex(key.publicKey().encoded());
        output.line("%s", publicKey);
        output.result(Map.of("file", file.toString(), "public_key", publicKey));
        return ExitStatus.OK;
    }
}
