package dev.croft.app.cli;

import dev.croft.capsule.CapsuleReader;
import dev.croft.capsule.CapsuleWriter;
import dev.croft.capsule.view.Summary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft capsule summary}: a long history in a few steps from its end. */
@Command(
        name = "summary",
        description = {
            "List the records in which a capsule's writer summed up others, newest first: how many, from when to when, how large.",
            "With --append first make one of all records since the last."
        })
final class CapsuleSummaryCommand extends Subcommand {
    @Parameters(paramLabel = "DIR", description = "Directory of a capsule.")
    Path directory;

    @Mixin
    CapsuleReading reading = new CapsuleReading();

    @Option(names = "--append", description = "Append a summary of what came since the last; takes the owner's key.")
    boolean append;

    @Option(names = "--check", description = "Compare each with the headers of what it sums up.")
    boolean check;

    @Option(names = "--limit", defaultValue = "1000", description = "Most summaries (default: ${DEFAULT-VALUE}).")
    int limit;

    /** One summary. */
    record Line(
            long sequence,
            long from,
            long count,
            String first,
            String last,
            long bodyBytes,
            @Nullable Boolean holds) {}

    @Override
    ExitStatus run(Output output) throws IOException {
        if (append) {
            try (CapsuleWriter writer = reading.openToWrite(directory)) {
                if (Summary.append(writer) == null) {
                    output.line("nothing to sum up");
                }
            }
        }
        try (CapsuleReader reader = reading.open(directory)) {
            List<Line> lines = Summary.all(reader, Math.max(0, limit)).stream()
                    .map(summary -> new Line(
                            summary.sequence(),
                            summary.from(),
                            summary.count(),
                            summary.first().toString(),
                            summary.last().toString(),
                            summary.bodyBytes(),
                            check ? summary.holds(reader) : null))
                    .toList();
            output.table(
                    check
                            ? List.of("record", "records", "from", "to", "body bytes", "holds")
                            : List.of("record", "records", "from", "to", "body bytes"),
                    lines.stream()
                            .map(line -> Stream.of(
                                            line.sequence,
                                            line.count,
                                            line.first,
                                            line.last,
                                            line.bodyBytes,
                                            line.holds == null ? null : line.holds ? "yes" : "no")
                                    .filter(Objects::nonNull)
                                    .map(Object::toString)
                                    .toList())
                            .toList());
            output.result(lines);
            boolean all = lines.stream().noneMatch(line -> Boolean.FALSE.equals(line.holds));
            return all ? ExitStatus.OK : ExitStatus.UNVERIFIED;
        }
    }
}
