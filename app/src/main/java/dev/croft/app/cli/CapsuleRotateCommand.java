package dev.croft.app.cli;

import dev.croft.capsule.CapsuleWriter;
import dev.croft.vault.api.OwnerKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule rotate}: a new data key, for these readers. */
@Command(
        name = "rotate",
        description = {
            "Begin a new epoch: what is appended from now on is sealed with a fresh data key.",
            "Only the owner and the readers named can open it."
        })
final class CapsuleRotateCommand extends Subcommand {
    @Parameters(paramLabel = "DIR", description = "Directory of a capsule.")
    Path directory;

    @Mixin
    CapsuleKeys keys;

    @Option(names = "--reader", paramLabel = "HEX", description = "Public key of another reader; may be repeated.")
    List<String> readers = List.of();

    @Override
    ExitStatus run(Output output) throws IOException {
        try (OwnerKey owner = keys.load();
                CapsuleWriter writer = keys.open(directory)) {
            int epoch = writer.rotate(CapsuleKeys.readers(owner, readers));
            output.line("epoch %d begins", epoch);
            output.result(Map.of("epoch", epoch));
        }
        return ExitStatus.OK;
    }
}
