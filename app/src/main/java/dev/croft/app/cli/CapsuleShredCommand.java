package dev.croft.app.cli;

import dev.croft.capsule.CapsuleWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule shred}: makes an epoch unreadable, for good. */
@Command(
        name = "shred",
        description = {
            "Destroy the data key of an epoch, so that nobody can open its records any more.",
            "The capsule still verifies. 'gc' gives the room back; copies elsewhere shred when they take the key file over."
        })
final class CapsuleShredCommand extends Subcommand {
    @Parameters(paramLabel = "DIR", description = "Directory of a capsule.")
    Path directory;

    @Mixin
    CapsuleKeys keys;

    @Option(names = "--epoch", required = true, paramLabel = "N", description = "Which; 'du' lists them.")
    int epoch;

    @Override
    ExitStatus run(Output output) throws IOException {
        try (CapsuleWriter writer = keys.open(directory)) {
            if (epoch < 0 || epoch > writer.head().epoch()) {
                throw new CommandException(ExitStatus.NOT_FOUND, "there is no epoch " + epoch);
            }
            writer.shred(epoch);
            output.line("epoch %d is shredded", epoch);
            output.result(Map.of("shredded", epoch));
        }
        return ExitStatus.OK;
    }
}
