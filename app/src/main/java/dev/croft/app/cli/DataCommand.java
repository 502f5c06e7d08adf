package dev.croft.app.cli;

import dev.croft.mobility.entry.EntryBounds;
import dev.croft.mobility.entry.EntryJson;
import dev.croft.mobility.entry.EntryReader;
import dev.croft.mobility.entry.EntryResult;
import dev.croft.mobility.entry.LongTermFormat;
import dev.croft.mobility.entry.PhoneFormat;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bson.BsonDocument;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft data}: entries, in files and in private clouds. */
@Command(
        name = "data",
        description = "Entries in files and in private clouds.",
        subcommands = {
            GenerateCommand.class,
            DataCommand.Check.class,
            DataCommand.Convert.class,
            CloudDataCommands.Upload.class,
            CloudDataCommands.Find.class,
            CloudDataCommands.Forget.class
        })
final class DataCommand extends Group {
    /** {@code croft data check}: reads entries and says what would be taken and what refused. */
    @Command(
            name = "check",
            description = "Read entries from files; report what is usable and what is refused, and why.")
    static final class Check extends Subcommand {
        @Parameters(arity = "1..*", paramLabel = "FILE", description = "JSON array or lines, plain or gzip.")
        List<Path> files = List.of();

        /** What a file held. */
        record Report(String file, long taken, Map<String, Long> byKey, Map<String, Refusals.Group> refused) {}

        @Override
        ExitStatus run(Output output) {
            List<Report> reports = new ArrayList<>();
            for (Path file : files) {
                Map<String, Long> byKey = new TreeMap<>();
                Refusals refusals = new Refusals();
                long taken = 0;
                try (EntryReader reader = EntryReader.open(file, EntryBounds.STANDARD)) {
                    while (reader.hasNext()) {
                        switch (LongTermFormat.convert(reader.next())) {
                            case EntryResult.Taken entry -> {
                                taken++;
                                byKey.merge(key(entry.entry()), 1L, Long::sum);
                            }
                            case EntryResult.Refused refused -> refusals.add(refused);
                        }
                    }
                }
                reports.add(new Report(file.toString(), taken, byKey, refusals.groups()));
                output.line("%s: %d entries taken, %d refused", file, taken, refusals.count());
                byKey.forEach((key, count) -> output.line("  %8d %s", count, key));
                refusals.lines().forEach(line -> output.line("  %s", line));
            }
            output.result(reports);
            return reports.stream().allMatch(report -> report.taken() == 0) ? ExitStatus.INPUT : ExitStatus.OK;
        }

        private static String key(BsonDocument entry) {
            return entry.getDocument("metadata").getString("key").getValue();
        }
    }

    /** {@code croft data convert}: entries from one form to the other, as JSON lines on standard output. */
    @Command(
            name = "convert",
            description =
                    "Print entries as JSON lines in the phone's or the long-term format, with --json as one array; refusals go to standard error.")
    static final class Convert extends Subcommand {
        enum Format {
            PHONE,
            LONG_TERM
        }

        @Option(
                names = "--to",
                defaultValue = "LONG_TERM",
                description = "PHONE or LONG_TERM (default: ${DEFAULT-VALUE}).")
        Format to = Format.LONG_TERM;

        @Parameters(arity = "1..*", paramLabel = "FILE", description = "JSON array or lines, plain or gzip.")
        List<Path> files = List.of();

        @Override
        ExitStatus run(Output output) {
            boolean any;
            try (JsonLines lines = new JsonLines(output)) {
                any = convert(lines, output);
            }
            if (!any) {
                throw new CommandException(ExitStatus.INPUT, "the files hold no usable entry");
            }
            return ExitStatus.OK;
        }

        private boolean convert(JsonLines lines, Output output) {
            boolean any = false;
            for (Path file : files) {
                Refusals refusals = new Refusals();
                try (EntryReader reader = EntryReader.open(file, EntryBounds.STANDARD)) {
                    while (reader.hasNext()) {
                        switch (LongTermFormat.convert(reader.next())) {
                            case EntryResult.Taken entry -> {
                                any = true;
                                lines.add(EntryJson.write(
                                        to == Format.PHONE ? PhoneFormat.of(entry.entry()) : entry.entry()));
                            }
                            case EntryResult.Refused refused -> refusals.add(refused);
                        }
                    }
                }
                refusals.lines().forEach(line -> output.warn("%s: %s", file, line));
            }
            return any;
        }
    }
}
