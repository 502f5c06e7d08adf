package dev.croft.app.cli;

import dev.croft.app.bench.Bench;
import dev.croft.app.bench.Machine;
import dev.croft.app.bench.Measure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft bench}: how fast the rooms are here, each beside a baseline measured in the same run. */
@Command(
        name = "bench",
        description = {
            "Measure the rooms, each beside its baseline in the same run.",
            "Machines are noisy: read the ratios. Without names everything is measured, which takes some minutes."
        })
final class BenchCommand extends Subcommand {
    @Parameters(arity = "0..*", paramLabel = "ROOM", description = "What to measure: ${COMPLETION-CANDIDATES}.")
    List<Bench> rooms = new ArrayList<>();

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "About how long each measurement takes (1 to 600).",
            defaultValue = "3")
    int seconds;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "An existing folder on the disk to measure; by default the temporary folder.")
    @Nullable
    Path directory;

    /** What was measured, and where. */
    record Report(Machine machine, List<Measure> measures) {}

    @Override
    ExitStatus run(Output output) throws Exception {
        if (seconds < 1 || seconds > 600) {
            throw new CommandException(ExitStatus.USAGE, "--seconds lies between 1 and 600");
        }
        Machine machine = Machine.here();
        output.line("%s", machine.toString());
        Path scratch = directory == null
                ? Files.createTempDirectory("croft-bench")
                : Files.createTempDirectory(directory, "croft-bench");
        var measures = new ArrayList<Measure>();
        try {
            for (Bench bench : rooms.isEmpty() ? List.of(Bench.values()) : rooms) {
                output.line("");
                output.line("%s", bench.name().toLowerCase(Locale.ROOT));
                bench.run(scratch, Duration.ofSeconds(seconds), measure -> {
                    measures.add(measure);
                    output.line("  %s", measure.toString());
                    output.out().flush();
                });
            }
        } finally {
            Bench.delete(scratch);
        }
        output.result(new Report(machine, measures));
        return ExitStatus.OK;
    }
}
