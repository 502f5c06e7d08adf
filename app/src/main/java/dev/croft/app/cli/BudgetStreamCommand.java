package dev.croft.app.cli;

import dev.croft.budget.Epsilon;
import dev.croft.budget.books.BookCommand;
import dev.croft.budget.books.CommandJson;
import dev.croft.budget.books.StreamSpec;
import dev.croft.budget.books.StreamView;
import dev.croft.budget.claims.BlockStream;
import dev.croft.router.BudgetClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code croft budget stream}: blocks made as data arrive, with the operator's token. */
@Command(
        name = "stream",
        description = {
            "Streams that make blocks by time, by user or by user and time as data arrive, and count people with noise;",
            "needs the operator's token. Every command may be repeated."
        },
        subcommands = {
            BudgetStreamCommand.Open.class,
            BudgetStreamCommand.Listing.class,
            BudgetStreamCommand.Observe.class,
            BudgetStreamCommand.Tick.class
        })
final class BudgetStreamCommand extends Group {
    /** {@code croft budget stream open}. */
    @Command(name = "open", description = "Open a stream; the same again changes nothing.")
    static final class Open extends BudgetBlockCommand.Operating {
        @Parameters(paramLabel = "DATASET", description = "Name of the data set, and of the stream.")
        String dataset = "";

        @Option(
                names = "--by",
                required = true,
                description =
                        "What one block holds: ${COMPLETION-CANDIDATES}; all of a span of time, of a user, or both.")
        By by = By.time;

        @Option(names = "--span", paramLabel = "SECONDS", description = "How long a block is; not by user alone.")
        @Nullable
        Double span;

        @picocli.CommandLine.Mixin
        AmountOptions total = new AmountOptions();

        @Option(
                names = "--counter-epsilon",
                paramLabel = "EPSILON",
                description = "Count people with noise; what all counts together cost is taken off every block.")
        @Nullable
        String counterEpsilon;

        @Option(
                names = "--counter-ticks",
                paramLabel = "N",
                defaultValue = "365",
                description = "How often they may be counted (default: ${DEFAULT-VALUE}).")
        long counterTicks;

        /** As on the wire. */
        enum By {
            time(BlockStream.By.TIME),
            user(BlockStream.By.USER),
            userTime(BlockStream.By.USER_TIME);

            final BlockStream.By by;

            By(BlockStream.By by) {
                this.by = by;
            }

            @Override
            public String toString() {
                return by.name().toLowerCase(Locale.ROOT).replace('_', '-');
            }
        }

        @Override
        ExitStatus run(Output output, BudgetClient budget) {
            if ((span == null) != (by == By.user)) {
                throw new CommandException(
                        ExitStatus.USAGE, "--span is for blocks by time or user-time, and only those");
            }
            if (span != null && !(span > 0 && span < 1e10)) {
                throw new CommandException(ExitStatus.USAGE, "--span is a number of seconds above 0");
            }
            Duration length = span == null ? Duration.ZERO : Duration.ofMillis(Math.round(span * 1000));
            StreamSpec.Counter counter =
                    counterEpsilon == null ? null : new StreamSpec.Counter(Epsilon.parse(counterEpsilon), counterTicks);
            return tell(
                    output,
                    budget.openStream(new StreamSpec(new BlockStream(dataset, by.by, length, total.cost()), counter)));
        }
    }

    /** {@code croft budget stream list}. */
    @Command(name = "list", description = "List the streams with their last noisy count.")
    static final class Listing extends BudgetBlockCommand.Operating {
        @Override
        ExitStatus run(Output output, BudgetClient budget) {
            List<StreamView> streams = budget.streams();
            output.table(
                    List.of("stream", "blocks by", "ticks", "people, about"),
                    streams.stream()
                            .map(stream -> List.of(
                                    stream.spec().name(),
                                    by(stream),
                                    Long.toString(stream.tick()),
                                    stream.count() == null ? "" : stream.count().toString()))
                            .toList());
            output.result(streams.stream().map(CommandJson::view).toList());
            return ExitStatus.OK;
        }
    }

    /** {@code croft budget stream observe}. */
    @Command(
            name = "observe",
            description = "Data have arrived: make their blocks and count new people. Give --time, or a file of many.")
    static final class Observe extends BudgetBlockCommand.Operating {
        @Parameters(paramLabel = "DATASET", description = "Name of the stream.")
        String dataset = "";

        @Option(names = "--user", defaultValue = "", description = "Whose datum; not needed by time without a counter.")
        String user = "";

        @Option(names = "--time", paramLabel = "TIME", description = "When it was made, RFC 3339.")
        @Nullable
        String time;

        @Option(
                names = "--file",
                paramLabel = "FILE",
                description = "Lines of time,user or time alone; - for standard input.")
        @Nullable
        Path file;

        @Override
        ExitStatus run(Output output, BudgetClient budget) {
            if ((time == null) == (file == null)) {
                throw new CommandException(ExitStatus.USAGE, "give --time or --file");
            }
            if (time != null) {
                return tell(
                        output, budget.observe(name(dataset), List.of(datum(ExitStatus.USAGE, "--time", time, user))));
            }
            StreamView seen = null;
            try (BufferedReader lines = file.toString().equals("-")
                    ? new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                    : Files.newBufferedReader(file)) {
                List<BookCommand.Observe.Datum> data = new ArrayList<>();
                int number = 0;
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    number++;
                    if (line.isBlank()) {
                        continue;
                    }
                    String[] cells = line.strip().split(",", 2);
                    String whose = cells.length > 1 ? cells[1].strip() : user;
                    data.add(datum(ExitStatus.INPUT, "line " + number, cells[0], whose));
                    if (data.size() == BookCommand.Observe.MOST) {
                        seen = budget.observe(name(dataset), data);
                        data.clear();
                    }
                }
                if (!data.isEmpty()) {
                    seen = budget.observe(name(dataset), data);
                }
            } catch (IOException e) {
                throw new CommandException(ExitStatus.INPUT, file + " cannot be read", e);
            }
            if (seen == null) {
                throw new CommandException(ExitStatus.INPUT, file + " has no data");
            }
            return tell(output, seen);
        }

        private static BookCommand.Observe.Datum datum(ExitStatus status, String where, String time, String user) {
            try {
                return new BookCommand.Observe.Datum(user, Instant.parse(time.strip()));
            } catch (DateTimeException e) {
                throw new CommandException(status, where + ": a time such as 2026-01-01T00:00:00Z is needed");
            }
        }
    }

    /** {@code croft budget stream tick}. */
    @Command(
            name = "tick",
            description = "End a tick of the counter and publish how many people there are, with noise.")
    static final class Tick extends BudgetBlockCommand.Operating {
        @Parameters(index = "0", paramLabel = "DATASET", description = "Name of the stream.")
        String dataset = "";

        @Parameters(index = "1", paramLabel = "N", description = "Which tick, from 1; again, it is answered as it was.")
        long tick;

        @Override
        ExitStatus run(Output output, BudgetClient budget) {
            return tell(output, budget.endTick(name(dataset), tick));
        }
    }

    private static String name(String dataset) {
        if (!dataset.matches("[A-Za-z0-9._@:+-]{1,100}")) {
            throw new CommandException(ExitStatus.USAGE, "a stream's name is of letters, digits and . _ @ : + -");
        }
        return dataset;
    }

    private static String by(StreamView stream) {
        return stream.spec().blocks().by().name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static ExitStatus tell(Output output, StreamView stream) {
        output.line(
                "%s makes blocks by %s%s",
                stream.spec().name(),
                by(stream),
                stream.count() == null ? "" : "; tick " + stream.tick() + ": about " + stream.count() + " people");
        output.result(CommandJson.view(stream));
        return ExitStatus.OK;
    }
}
