package dev.croft.app.cli;

import dev.croft.app.mobility.CountComputation;
import dev.croft.app.mobility.SumComputation;
import dev.croft.router.Role;
import dev.croft.router.RouterClient;
import dev.croft.router.http.QueryRoutes;
import dev.croft.router.query.QueryAnswer;
import dev.croft.router.query.QueryRequest;
import dev.croft.vault.spi.Computation;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt64;
import org.bson.BsonInvalidOperationException;
import org.bson.BsonString;
import org.bson.json.JsonParseException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code croft query}: questions across people, paid for from each one's budget. */
@Command(
        name = "query",
        description = "Ask across private clouds; only noisy sums come back, paid for from each person's budget.",
        subcommands = {QueryCommand.Count.class, QueryCommand.Sums.class})
final class QueryCommand extends Group {
    /** What every question has: who asks, how exact, at which price. */
    abstract static class Question extends Subcommand {
        private static final int MOST_GEOJSON = 60 * 1024;

        @Mixin
        ServerOptions server = new ServerOptions();

        @Option(
                names = "--as",
                defaultValue = "analyst",
                description = "The analyst's account; made if the home has none (default: ${DEFAULT-VALUE}).")
        String account = "analyst";

        @Option(names = "--from", required = true, description = "Start of the interval, epoch seconds.")
        double from;

        @Option(names = "--to", required = true, description = "End of the interval, exclusive.")
        double to;

        @Option(names = "--epsilon", description = "What each answer costs each person.")
        @Nullable
        BigDecimal epsilon;

        @Option(
                names = "--alpha",
                description = "Instead of --epsilon: the probability that the noise is off by more than --offset.")
        @Nullable
        Double alpha;

        @Option(
                names = "--offset",
                description = "With --alpha: by how much the noise may be off, in units of the answer.")
        @Nullable
        Double offset;

        @Option(names = "--clouds", split = ",", description = "Ask these only (default: all that take part).")
        @Nullable
        List<String> clouds;

        @Option(names = "--minimum-cohort", description = "Refuse below so many people.")
        @Nullable
        Integer minimumCohort;

        @Option(names = "--participants-epsilon", description = "Also pay for a noisy number of participants.")
        @Nullable
        BigDecimal participantsEpsilon;

        @Option(names = "--confidence", description = "Of the intervals (default: 0.95).")
        @Nullable
        Double confidence;

        @Option(names = "--price", description = "Say what it would cost, and ask nothing.")
        boolean price;

        abstract Computation computation();

        abstract List<QueryRequest.Cell> cells() throws IOException;

        @Override
        ExitStatus run(Output output) throws IOException, InterruptedException {
            if (!Double.isFinite(from) || !Double.isFinite(to) || from >= to) {
                throw new CommandException(ExitStatus.USAGE, "--from must be before --to");
            }
            if ((alpha == null) != (offset == null) || (epsilon == null) == (alpha == null)) {
                throw new CommandException(ExitStatus.USAGE, "give --epsilon, or --alpha and --offset");
            }
            QueryRequest request = new QueryRequest(
                    computation().name(),
                    checked(cells()),
                    clouds,
                    alpha != null && offset != null ? new QueryRequest.Accuracy(alpha, offset) : null,
                    epsilon,
                    participantsEpsilon,
                    minimumCohort,
                    confidence);
            boolean known = Files.isRegularFile(server.home().tokens().resolve(account)) || server.tokenFile != null;
            try (RouterClient analyst = known ? server.as(account) : server.create(account, Role.ANALYST)) {
                return price ? price(analyst, request, output) : ask(analyst, request, output);
            }
        }

        /** People's permission managers check this too; there it looks as if nobody would take part. */
        private List<QueryRequest.Cell> checked(List<QueryRequest.Cell> cells) {
            for (QueryRequest.Cell cell : cells) {
                try {
                    computation().prepare(cell.params());
                } catch (IllegalArgumentException e) {
                    throw new CommandException(ExitStatus.INPUT, cell.label() + ": " + e.getMessage(), e);
                }
            }
            return cells;
        }

        private static ExitStatus price(RouterClient analyst, QueryRequest request, Output output) {
            QueryRoutes.Price price = analyst.price(request);
            output.line(
                    "epsilon %s of each person, from at least %d",
                    price.epsilon().stripTrailingZeros().toPlainString(), price.minimumCohort());
            output.result(price);
            return ExitStatus.OK;
        }

        private static ExitStatus ask(RouterClient analyst, QueryRequest request, Output output)
                throws InterruptedException {
            RouterClient.Asked asked = analyst.await(analyst.ask(request).id(), Duration.ofMinutes(10));
            QueryAnswer answer = asked.answer();
            if (answer == null) {
                throw new CommandException(
                        asked.state().equals("failed") ? ExitStatus.REFUSED : ExitStatus.UNAVAILABLE,
                        "the query is " + asked.state() + (asked.problem() == null ? "" : ": " + asked.problem()));
            }
            for (QueryAnswer.Cell cell : answer.cells()) {
                output.line(
                        "%s: about %d (%s sure: %d to %d), epsilon %s",
                        cell.label(), cell.value(), answer.confidence(), cell.low(), cell.high(), cell.epsilon());
            }
            output.line(
                    "from at least %d people; price epsilon %s of each",
                    answer.participants().atLeast(), answer.epsilon());
            output.result(asked);
            return ExitStatus.OK;
        }

        static BsonDocument geoJson(Path file) throws IOException {
            if (Files.size(file) > MOST_GEOJSON) {
                throw new CommandException(ExitStatus.INPUT, file + " is longer than " + MOST_GEOJSON + " bytes");
            }
            try {
                return BsonDocument.parse(Files.readString(file));
            } catch (JsonParseException | BsonInvalidOperationException e) {
                throw new CommandException(ExitStatus.INPUT, file + " is no JSON object", e);
            }
        }
    }

    /** {@code croft query count}. */
    @Command(name = "count", description = "How many people were in an area during an interval.")
    static final class Count extends Question {
        @Option(
                names = "--region",
                required = true,
                paramLabel = "FILE",
                description = "GeoJSON Polygon or MultiPolygon.")
        Path region = Path.of("");

        @Override
        Computation computation() {
            return new CountComputation("");
        }

        @Override
        List<QueryRequest.Cell> cells() throws IOException {
            BsonDocument params = new BsonDocument("region", geoJson(region))
                    .append("from", new BsonDouble(from))
                    .append("to", new BsonDouble(to));
            return List.of(new QueryRequest.Cell("people", params));
        }
    }

    /** {@code croft query metrics}. */
    @Command(
            name = "metrics",
            description = "A sum over people by mode: sections, metres or seconds. Each mode is paid for by itself.")
    static final class Sums extends Question {
        @Option(names = "--metric", required = true, description = "count, distance or duration.")
        String metric = "";

        @Option(
                names = "--mode",
                required = true,
                split = ",",
                description = "Modes, by comma, such as WALKING,BICYCLING.")
        List<String> modes = List.of();

        @Option(
                names = "--unit",
                defaultValue = "1",
                description = "Size of a unit, in metres or seconds (default: ${DEFAULT-VALUE}).")
        double unit;

        @Option(names = "--bound", required = true, description = "Most units of one person; more are cut off.")
        long bound;

        @Override
        Computation computation() {
            return new SumComputation("");
        }

        @Override
        List<QueryRequest.Cell> cells() {
            List<QueryRequest.Cell> cells = new ArrayList<>();
            for (String mode : modes) {
                cells.add(new QueryRequest.Cell(
                        mode,
                        new BsonDocument("metric", new BsonString(metric))
                                .append("mode", new BsonString(mode))
                                .append("from", new BsonDouble(from))
                                .append("to", new BsonDouble(to))
                                .append("unit", new BsonDouble(unit))
                                .append("bound", new BsonInt64(bound))));
            }
            return cells;
        }
    }
}
