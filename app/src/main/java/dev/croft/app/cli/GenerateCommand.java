package dev.croft.app.cli;

import dev.croft.mobility.entry.EntryJson;
import dev.croft.mobility.generate.TraceGenerator;
import dev.croft.mobility.generate.TraceOptions;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.bson.BsonDocument;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code croft data generate}: made-up people's phone data, one file a person. */
@Command(
        name = "generate",
        description =
                "Write made-up people's phone data, one gzip file of JSON lines a person. The same seed gives the same data.")
final class GenerateCommand extends Subcommand {
    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder to write to; made if missing.")
    Path out = Path.of("");

    @Option(names = "--people", defaultValue = "20", description = "How many people (default: ${DEFAULT-VALUE}).")
    int people;

    @Option(names = "--days", defaultValue = "3", description = "How many days each (default: ${DEFAULT-VALUE}).")
    int days;

    @Option(
            names = "--seed",
            defaultValue = "1",
            description = "Where the randomness comes from (default: ${DEFAULT-VALUE}).")
    long seed;

    @Option(
            names = "--first-day",
            defaultValue = "2026-03-02",
            description = "The first day (default: ${DEFAULT-VALUE}).")
    LocalDate firstDay = TraceOptions.STANDARD.firstDay();

    @Option(
            names = "--zone",
            defaultValue = "America/Los_Angeles",
            description = "Their time zone (default: ${DEFAULT-VALUE}).")
    ZoneId zone = TraceOptions.STANDARD.zone();

    @Option(
            names = "--latitude",
            defaultValue = "37.8716",
            description = "Middle of their town (default: ${DEFAULT-VALUE}).")
    double latitude;

    @Option(
            names = "--longitude",
            defaultValue = "-122.2727",
            description = "Middle of their town (default: ${DEFAULT-VALUE}).")
    double longitude;

    /** One person's file. */
    record Written(String file, int entries) {}

    @Override
    ExitStatus run(Output output) throws IOException {
        TraceGenerator generator;
        try {
            generator = new TraceGenerator(new TraceOptions(seed, people, days, firstDay, zone, latitude, longitude));
        } catch (IllegalArgumentException e) {
            throw new CommandException(ExitStatus.USAGE, String.valueOf(e.getMessage()), e);
        }
        Files.createDirectories(out);
        List<Written> files = new ArrayList<>();
        try (Progress progress = Progress.of(output, "Generating", people)) {
            for (int person = 0; person < people; person++) {
                Path file = out.resolve(generator.name(person) + ".json.gz");
                List<BsonDocument> entries = generator.person(person);
                write(file, entries);
                files.add(new Written(file.toString(), entries.size()));
                progress.step();
            }
        }
        output.line(
                "%d files, %d entries, in %s",
                files.size(), files.stream().mapToInt(Written::entries).sum(), out);
        output.result(files);
        return ExitStatus.OK;
    }

    private static void write(Path file, List<BsonDocument> entries) throws IOException {
        try (OutputStream bytes = Files.newOutputStream(file);
                BufferedWriter lines = new BufferedWriter(
                        new OutputStreamWriter(new GZIPOutputStream(bytes), StandardCharsets.UTF_8))) {
            for (BsonDocument entry : entries) {
                lines.write(EntryJson.write(entry));
                lines.newLine();
            }
        }
    }
}
