package dev.croft.app.cli;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.stream.Stream;
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
    CapsuleReading reading = new CapsuleReading();

    @Option(names = "--from", defaultValue = "0", description = "First sequence (default: ${DEFAULT-VALUE}).")
    long from;

    @Option(names = "--to", description = "Last sequence, exclusive (default: the end).")
    long to = Long.MAX_VALUE;

    @Option(names = "--raw", description = "Print the bodies and nothing else.")
    boolean raw;

    @Override
    ExitStatus run(Output output) throws IOException {
        try (CapsuleReader reader = reading.open(directory);
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
