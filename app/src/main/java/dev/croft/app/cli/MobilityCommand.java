package dev.croft.app.cli;

import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.croft.mobility.entry.LocalMoment;
import dev.croft.mobility.pipeline.CleanedSection;
import dev.croft.mobility.pipeline.CleanedTrip;
import dev.croft.mobility.pipeline.MobilityRun;
import dev.croft.mobility.pipeline.PipelineJson;
import dev.croft.mobility.pipeline.PipelineOptions;
import dev.croft.mobility.pipeline.PipelineResult;
import dev.croft.mobility.pipeline.RecordReader;
import dev.croft.mobility.pipeline.Trajectory;
import dev.croft.mobility.pipeline.TransitLookup;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft mobility}: the mobility algorithms on files, without any private cloud. */
@Command(
        name = "mobility",
        description = "Run the mobility algorithms on files, without any private cloud.",
        subcommands = MobilityCommand.Run.class)
final class MobilityCommand extends Group {
    /** {@code croft mobility run}: the pipeline on files. */
    @Command(
            name = "run",
            description = {
                "Run the pipeline on files, joined as one person's: trips with their sections and stops, places, untracked time.",
                "With --json: input, trips, places, untracked, raw and refused; with --points also points, for each cleaned"
                        + " section in order of start the list of its [ts, longitude, latitude].",
                "Exit status 3 if the files hold no entry that the pipeline reads."
            })
    static final class Run extends Subcommand {
        private static final JsonMapper EXACT = JsonMapper.builder()
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .enable(SerializationFeature.INDENT_OUTPUT)
                .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
                .nodeFactory(JsonNodeFactory.withExactBigDecimals(true))
                .build();

        @Parameters(
                arity = "1..*",
                paramLabel = "FILE",
                description = "Entries in phone or long-term format: a JSON array or lines, plain or gzip.")
        List<Path> files = List.of();

        @Option(names = "--points", description = "Print the resampled trajectories too.")
        boolean points;

        @Option(
                names = "--accuracy-filter",
                description =
                        "Derive the filtered locations from background/location first, as for phones that do not filter.")
        boolean accuracyFilter;

        @Override
        ExitStatus run(Output output) throws IOException {
            for (Path file : files) {
                if (!Files.exists(file)) {
                    throw new NoSuchFileException(file.toString());
                }
            }
            MobilityRun.Outcome outcome =
                    MobilityRun.run(files, new PipelineOptions(accuracyFilter, TransitLookup.NONE));
            Refusals refusals = new Refusals();
            outcome.refused().forEach(refusals::add);
            if (outcome.input().entries() == 0) {
                throw new CommandException(ExitStatus.INPUT, "no usable entry in the files: " + refusals.inOneLine());
            }
            if (RecordReader.SENSED_KEYS.stream().noneMatch(outcome.input().byKey()::containsKey)) {
                throw new CommandException(
                        ExitStatus.INPUT,
                        "no entry that the pipeline reads in the files: "
                                + outcome.input().entries() + " of other keys, " + refusals.count() + " refused");
            }
            refusals.lines().forEach(output::warn);
            if (json) {
                printJson(outcome, output);
            } else {
                printTrips(outcome.result(), output);
            }
            return ExitStatus.OK;
        }

        private void printJson(MobilityRun.Outcome outcome, Output output) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            PipelineJson.write(outcome, bytes);
            if (points) {
                ObjectNode document = (ObjectNode) EXACT.readTree(bytes.toByteArray());
                bytes.reset();
                PipelineJson.writePoints(outcome.result(), bytes);
                document.set("points", EXACT.readTree(bytes.toByteArray()).get("sections"));
                output.out().println(EXACT.writeValueAsString(document));
            } else {
                output.out().println(bytes.toString(StandardCharsets.UTF_8));
            }
        }

        private void printTrips(PipelineResult result, Output output) {
            List<CleanedTrip> trips = result.timeline().trips();
            output.line(
                    "%d trips, %d places, %d untracked spans",
                    trips.size(),
                    result.timeline().places().size(),
                    result.timeline().untracked().size());
            for (CleanedTrip trip : trips) {
                output.line(
                        "%s  %7.2f km  %5.0f min  %s",
                        LocalMoment.of(trip.start().ts(), trip.start().zone())
                                .formatted()
                                .substring(0, 19)
                                .replace('T', ' '),
                        trip.distance() / 1000,
                        trip.duration() / 60,
                        trip.sections().stream()
                                .map(section -> section.sensedMode() + " " + Math.round(section.distance()) + " m")
                                .collect(Collectors.joining(", ")));
                if (points) {
                    trip.sections().stream().map(CleanedSection::trajectory).forEach(path -> printPath(path, output));
                }
            }
        }

        private static void printPath(Trajectory path, Output output) {
            for (int i = 0; i < path.size(); i++) {
                output.line("    %.3f  %.7f  %.7f", path.ts()[i], path.longitude()[i], path.latitude()[i]);
            }
        }
    }
}
