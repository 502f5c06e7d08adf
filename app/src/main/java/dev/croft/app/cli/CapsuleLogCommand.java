package dev.croft.app.cli;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.HashPointer;
import dev.croft.capsule.RecordHeader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule log}: what can be seen without a key. */
@Command(
        name = "log",
        description =
                "List a capsule's records as anyone can see them: sequence, time, hash, and which records the writer points back to; needs no key.")
final class CapsuleLogCommand extends Subcommand {
    @Parameters(paramLabel = "DIR", description = "Directory of a capsule.")
    Path directory;

    @Option(names = "--from", defaultValue = "0", description = "First sequence (default: ${DEFAULT-VALUE}).")
    long from;

    @Option(names = "--to", description = "Last sequence, exclusive (default: the end).")
    long to = Long.MAX_VALUE;

    /** One record from outside. */
    record Line(long sequence, String timestamp, int epoch, int length, String hash, List<Long> pointers) {}

    @Override
    ExitStatus run(Output output) throws IOException {
        try (CapsuleReader reader = CapsuleReader.open(CapsuleKeys.existing(directory), null)) {
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
                        header.hash().toString(),
                        header.pointers().stream().map(HashPointer::sequence).toList());
                if (json) {
                    lines.add(line);
                } else {
                    output.line(
                            "%8d  %-27s  epoch %d  %7d bytes  %.16s%s",
                            line.sequence(),
                            line.timestamp(),
                            line.epoch(),
                            line.length(),
                            line.hash(),
                            line.pointers().isEmpty() ? "" : "  points to " + line.pointers());
                }
            }
            output.result(lines);
        }
        return ExitStatus.OK;
    }
}
